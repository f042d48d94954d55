"""Pages of paging policies: how each urgency is paged, what that means on a bad night, and changing it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.accounts.models import Role
from libs.peer.callouts.models import Urgency
from libs.peer.policies import actions, queries
from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import Policy
from libs.peer.policies.queries import InForce
from libs.tenancy.directory import RegionRef
from services.api import rendering
from services.api.deps import Me, MyRegion, ProgramTx, Spoken
from services.api.paging import form, looking
from services.api.paging.views import PoliciesPage, PolicyEditPage, PolicyPart

router = APIRouter(prefix="/program/paging", include_in_schema=False)

_PUT = "This holds for every request that begins from now on."


@router.get("")
async def policies_page(request: Request, tx: ProgramTx, me: Me, region: MyRegion, put: str = "") -> Response:
    """Show how each urgency is paged; coordinators look, program managers change."""
    found = (await queries.in_force(tx)).values()
    parts = tuple(_part(one, one.policy, looking.moments(one.policy, region)) for one in found)
    view = PoliciesPage(region.name, parts, _PUT if put else None, can_change=me.role is Role.PROGRAM_MANAGER)
    return rendering.page(request, "paging/policies.html", view, zone=region.time_zone)


@router.get("/{urgency}")
async def policy_page(request: Request, tx: ProgramTx, region: MyRegion, urgency: Urgency) -> Response:
    """Show one policy as a form."""
    one = (await queries.in_force(tx))[urgency]
    return _edit(request, region, one, one.policy, form.shown(one.policy), seen=one.version)


@router.post("/{urgency}", dependencies=[Spoken])
async def change_policy_page(
    request: Request,
    tx: ProgramTx,
    me: Me,
    region: MyRegion,
    urgency: Urgency,
    seen: Annotated[int, Form(ge=0)],
    act: Annotated[str, Form(max_length=20)] = "preview",
) -> Response:
    """Show what the form means on a Sunday at 4 a.m.; or put it into force."""
    fields = form.sent(await request.form())
    one = (await queries.in_force(tx))[urgency]
    try:
        policy = form.policy_of(fields, one.policy)
    except PolicyNotUsableError:
        return _edit(request, region, one, one.policy, fields, seen=seen, is_wrong=True)
    if act != "put":
        return _edit(request, region, one, policy, fields, seen=seen, is_preview=True)
    await actions.change(tx, region.id, urgency, policy, seen=seen, by=me.role)
    return rendering.back(request, "/program/paging", put="yes")


def _edit(
    request: Request,
    region: RegionRef,
    one: InForce,
    policy: Policy,
    fields: form.Fields,
    *,
    seen: int,
    is_preview: bool = False,
    is_wrong: bool = False,
) -> Response:
    part = _part(one, policy, looking.moments(policy, region))
    channels = tuple(step.channels for step in one.policy.steps)
    view = PolicyEditPage(region.name, part, fields, channels, seen, is_preview=is_preview, is_wrong=is_wrong)
    status = 422 if is_wrong else 200
    return rendering.page(request, "paging/policy.html", view, zone=region.time_zone, status=status)


def _part(one: InForce, policy: Policy, moments: looking.Moments) -> PolicyPart:
    return PolicyPart(one.urgency.value, one.version, policy, one.made_at, one.made_by, moments)
