"""The policy table: who may call which route, and which planes the route enters. No entry, no start.

Enforced for every route by `deps.authorize`, and walked in full by the tests.
"""

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


def _entry(principals: set[Principal], *planes: PlaneKind, scope: str | None = None) -> Entry:
    return Entry(frozenset(principals), frozenset(planes), scope)


_ANYBODY = {Principal.ANYBODY}
_PEERS = {Principal.PEER, Principal.COORDINATOR}
_COORDINATOR = {Principal.COORDINATOR}
_PROGRAM = {Principal.PROGRAM_MANAGER}
_DESK = {Principal.PSAP_ADMIN}
_SIGNED_IN = {*_PEERS, *_PROGRAM, *_DESK}

_DOOR, _CARE, _DISPATCH = PlaneKind.DOOR, PlaneKind.CARE, PlaneKind.DISPATCH
_RECEIPT = _entry(_ANYBODY, _DOOR, _CARE, _DISPATCH)
_ASK = _entry(_ANYBODY, _DISPATCH, _CARE, _DOOR)
_PEER = _entry(_PEERS, _DISPATCH)
_BOARD = _entry(_COORDINATOR, _DISPATCH)
_ACCOUNT = _entry(_SIGNED_IN, _DOOR)
_PEOPLE = _entry(_COORDINATOR, _DISPATCH, _DOOR)
_ADMINS = _entry(_PROGRAM, _DOOR)
_MANAGE = _entry(_PROGRAM, PlaneKind.PROGRAM)

POLICY: dict[str, Entry] = {
    # Pages for everybody.
    "home": _entry(_ANYBODY, _DOOR),
    "ask_region_page": _entry(_ANYBODY, _DOOR),
    "ask_agency_page": _entry(_ANYBODY, _DOOR),
    "trust_page": _entry(_ANYBODY, _DOOR),
    "code_page": _entry(_ANYBODY, _DOOR),
    "leave": _entry(_ANYBODY),
    "problem_page": _entry(_ANYBODY),
    "livez": _entry(_ANYBODY),
    "readyz": _entry(_ANYBODY, _DOOR),
    # The requester: a receipt, nothing else, ever.
    "ask": _ASK,
    "status_page": _RECEIPT,
    "status_live": _RECEIPT,
    "confirm_page": _RECEIPT,
    "close_page": _RECEIPT,
    "withdraw_page": _RECEIPT,
    "create_request": _ASK,
    "request_status": _RECEIPT,
    "confirm_contact": _RECEIPT,
    "close_request": _RECEIPT,
    "withdraw_request": _RECEIPT,
    # The door.
    "sign_in_page": _entry(_ANYBODY),
    "sign_in": _entry(_ANYBODY, _DOOR),
    "sign_out": _entry(_ANYBODY, _DOOR),
    "issue_token": _entry(_ANYBODY, _DOOR),
    "enroll_page": _entry(_ANYBODY),
    "enrollment_options": _entry(_ANYBODY, _DOOR),
    "enroll": _entry(_ANYBODY, _DOOR),
    "sign_in_options": _entry(_ANYBODY, _DOOR),
    "sign_in_by_passkey": _entry(_ANYBODY, _DOOR),
    "dashboard": _ACCOUNT,
    # How I sign in.
    "account_page": _ACCOUNT,
    "end_sign_in_page": _ACCOUNT,
    "end_other_sign_ins_page": _ACCOUNT,
    "list_sign_ins": _ACCOUNT,
    "end_sign_in": _ACCOUNT,
    "prove_page": _entry(_SIGNED_IN),
    "news_seen_page": _ACCOUNT,
    "rename_passkey_page": _ACCOUNT,
    "remove_passkey_page": _ACCOUNT,
    "list_passkeys": _ACCOUNT,
    "new_passkey_options": _ACCOUNT,
    "add_passkey": _ACCOUNT,
    "rename_passkey": _ACCOUNT,
    "remove_passkey": _ACCOUNT,
    "proof_options": _ACCOUNT,
    "prove": _ACCOUNT,
    # Whom somebody lets in.
    "people_page": _PEOPLE,
    "link_member_page": _PEOPLE,
    "list_team": _PEOPLE,
    "link_member": _PEOPLE,
    "admins_page": _ADMINS,
    "add_admin_page": _ADMINS,
    "link_admin_page": _ADMINS,
    "list_admins": _ADMINS,
    "add_admin": _ADMINS,
    "link_admin": _ADMINS,
    # Peers.
    "peer_page": _PEER,
    "peer_live": _PEER,
    "set_availability_page": _PEER,
    "accept_offer_page": _PEER,
    "decline_offer_page": _PEER,
    "recuse_offer_page": _PEER,
    "list_offers": _PEER,
    "accept_offer": _PEER,
    "decline_offer": _PEER,
    "recuse_offer": _PEER,
    "list_contacts": _PEER,
    "set_availability": _PEER,
    "demo_mail_page": _entry(_PEERS),
    # Coordinators.
    "board_page": _BOARD,
    "board_live": _BOARD,
    "take_page": _BOARD,
    "list_waiting": _BOARD,
    "take_waiting": _BOARD,
    "let_in_page": _BOARD,
    "turn_away_page": _BOARD,
    "list_undecided": _BOARD,
    "let_in": _BOARD,
    "turn_away": _BOARD,
    # Program managers.
    "approvals_page": _MANAGE,
    "approvals_live": _MANAGE,
    "approve_page": _MANAGE,
    "decline_page": _MANAGE,
    "agencies_page": _MANAGE,
    "agencies_live": _MANAGE,
    "add_agencies_page": _MANAGE,
    "preview_agencies_page": _MANAGE,
    "onboard_agencies_page": _MANAGE,
    "by_hand_page": _MANAGE,
    "add_by_hand_page": _MANAGE,
    "put_away_page": _MANAGE,
    "put_all_away_page": _MANAGE,
    "registry_page": _MANAGE,
    "agency_page": _MANAGE,
    "rename_agency_page": _MANAGE,
    "suspend_agency_page": _MANAGE,
    "resume_agency_page": _MANAGE,
    "list_catalogue": _MANAGE,
    "read_last_import": _MANAGE,
    "read_agency": _MANAGE,
    "change_agency": _MANAGE,
    "list_onboardings": _MANAGE,
    "create_onboardings": _MANAGE,
    "put_onboarding_away": _MANAGE,
    "list_approvals": _MANAGE,
    "approve": _MANAGE,
    "decline": _MANAGE,
    # The roster: who is in it, never what anybody does.
    "roster_page": _MANAGE,
    "import_page": _MANAGE,
    "preview_page": _MANAGE,
    "apply_page": _MANAGE,
    "template_file": _MANAGE,
    "example_file": _MANAGE,
    "export_file": _MANAGE,
    "member_page": _MANAGE,
    "edit_member_page": _MANAGE,
    "suspend_member_page": _MANAGE,
    "list_members": _MANAGE,
    "read_template": _MANAGE,
    "export_members": _MANAGE,
    "preview_import": _MANAGE,
    "import_members": _MANAGE,
    "read_member": _MANAGE,
    "change_member": _MANAGE,
    # Desk.
    "desk_page": _entry(_DESK, PlaneKind.DESK),
    "read_desk": _entry(_DESK, PlaneKind.DESK),
    # Integrators.
    "list_agencies": _entry(_PROGRAM | {Principal.INTEGRATOR}, _DOOR, scope="agencies:read"),
}
