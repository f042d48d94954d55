"""Pages of paging policies: how each urgency is paged, what that means on a bad night, and changing it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.callouts.models import Urgency
from libs.peer.policies import actions, queries
from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import MOST_STEPS, Policy
from libs.peer.policies.queries import InForce
from libs.tenancy.directory import RegionRef
from services.api import rendering
from services.api.deps import Me, MyRegion, ProgramTx, Spoken
from services.api.paging import looking
from services.api.paging.views import PoliciesPage, PolicyEditPage, PolicyPart

router = APIRouter(prefix="/program/paging", include_in_schema=False)

_PUT = "This holds for every request that begins from now on."


@router.get("")
async def policies_page(request: Request, tx: ProgramTx, region: MyRegion, put: str = "") -> Response:
    """Show how each urgency is paged."""
    found = (await queries.in_force(tx)).values()
    parts = tuple(_part(one, one.policy, looking.moments(one.policy, region)) for one in found)
    view = PoliciesPage(region.name, parts, _PUT if put else None)
    return rendering.page(request, "paging/policies.html", view, zone=region.time_zone)


@router.get("/{urgency}")
async def policy_page(request: Request, tx: ProgramTx, region: MyRegion, urgency: Urgency) -> Response:
    """Show one policy as a form."""
    one = (await queries.in_force(tx))[urgency]
    return _edit(request, region, one, one.policy, seen=one.version)


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
    sent = await request.form()
    form = {name: value for name, value in sent.items() if isinstance(value, str)}
    who = {row: tuple(str(one) for one in sent.getlist(f"who_{row}")) for row in range(1, MOST_STEPS + 1)}
    one = (await queries.in_force(tx))[urgency]
    try:
        policy = looking.of_form(form, who)
    except PolicyNotUsableError as error:
        return _edit(request, region, one, one.policy, seen=seen, wrong=error.detail)
    if act != "put":
        return _edit(request, region, one, policy, seen=seen, is_preview=True)
    await actions.change(tx, region.id, urgency, policy, seen=seen, by=me.role)
    return rendering.back(request, "/program/paging", put="yes")


def _edit(
    request: Request,
    region: RegionRef,
    one: InForce,
    policy: Policy,
    *,
    seen: int,
    is_preview: bool = False,
    wrong: str | None = None,
) -> Response:
    moments = looking.moments(policy, region)
    part = _part(one, policy, moments)
    view = PolicyEditPage(region.name, part, seen, MOST_STEPS, is_preview=is_preview, wrong=wrong)
    status = 422 if wrong else 200
    return rendering.page(request, "paging/policy.html", view, zone=region.time_zone, status=status)


def _part(one: InForce, policy: Policy, moments: looking.Moments) -> PolicyPart:
    return PolicyPart(one.urgency.value, one.version, policy, one.made_at, one.made_by, moments)
