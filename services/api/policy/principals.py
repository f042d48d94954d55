"""Who can stand before a route, and what a row of the policy table says. Whom and what the rows name most."""

from dataclasses import dataclass, field
from enum import StrEnum

from libs.tenancy.planes import PlaneKind


class Principal(StrEnum):
    """Who can stand before a route."""

    ANYBODY = "anybody"
    PEER = "peer"
    COORDINATOR = "coordinator"
    PROGRAM_MANAGER = "program_manager"
    PSAP_ADMIN = "psap_admin"
    INTEGRATOR = "integrator"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table.

    Attributes:
        principals: who may call.
        planes: what the handler enters; a plane dependency outside of these is a bug and raises.
        scope: what an integrator's token must carry; no scope reads care.
    """

    principals: frozenset[Principal]
    planes: frozenset[PlaneKind] = field(default_factory=frozenset)
    scope: str | None = None


def entry(principals: set[Principal], *planes: PlaneKind, scope: str | None = None) -> Entry:
    """Return a row: who may call, and which planes the handler enters."""
    return Entry(frozenset(principals), frozenset(planes), scope)


ANYBODY = {Principal.ANYBODY}
PEERS = {Principal.PEER, Principal.COORDINATOR}
COORDINATOR = {Principal.COORDINATOR}
PROGRAM = {Principal.PROGRAM_MANAGER}
DESK = {Principal.PSAP_ADMIN}
SIGNED_IN = {*PEERS, *PROGRAM, *DESK}

DOOR, CARE, DISPATCH = PlaneKind.DOOR, PlaneKind.CARE, PlaneKind.DISPATCH
RECEIPT = entry(ANYBODY, DOOR, CARE, DISPATCH)
ASK = entry(ANYBODY, DISPATCH, CARE, DOOR)
PEER = entry(PEERS, DISPATCH)
BOARD = entry(COORDINATOR, DISPATCH)
ACCOUNT = entry(SIGNED_IN, DOOR)
PEOPLE = entry(COORDINATOR, DISPATCH, DOOR)
ADMINS = entry(PROGRAM, DOOR)
COMING = entry(ANYBODY, DOOR)
SIGN_ON = entry(DESK | PROGRAM, DOOR)
MANAGE = entry(PROGRAM, PlaneKind.PROGRAM)
PLAN = entry(COORDINATOR | PROGRAM, PlaneKind.PROGRAM)
# Deployments are no secret: coordinators lead them in the program's plane, as managers do.
LEAD = entry(PROGRAM | COORDINATOR, PlaneKind.PROGRAM)
# What a center's own systems report to its desk.
REPORT = entry(DESK | {Principal.INTEGRATOR}, PlaneKind.DESK, scope="incidents:write")
HOOKS_READ = entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="webhooks:read")
HOOKS_WRITE = entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="webhooks:write")
SCIM = entry({Principal.DIRECTORY}, PlaneKind.DESK)
SHOWN = entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="roster:read")
TRY = entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="sandbox:write")
