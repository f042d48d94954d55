"""Paging policies as JSON: program managers change them, coordinators look at them, too."""

from fastapi import APIRouter, Response

from libs.peer.callouts.models import Urgency
from libs.peer.policies import actions, queries
from libs.peer.policies.errors import PolicyChangedError
from libs.peer.policies.models import Policy
from libs.peer.policies.queries import InForce
from services.api.declared import problems
from services.api.deps import Me, MyRegion, ProgramTx
from services.api.paging import looking
from services.api.paging.schemas import MomentOut, PoliciesOut, PolicyOut
from services.api.preconditions import IfMatch, insist

router = APIRouter(prefix="/v1/paging-policies", tags=["program"])


@router.get("", responses=problems())
async def list_policies(tx: ProgramTx, region: MyRegion) -> PoliciesOut:
    """List how each urgency is paged, each with a preview."""
    found = (await queries.in_force(tx)).values()
    return PoliciesOut(data=[_out(one, looking.moments(one.policy, region)) for one in found])


@router.get("/{urgency}", responses=problems())
async def read_policy(response: Response, tx: ProgramTx, region: MyRegion, urgency: Urgency) -> PolicyOut:
    """Read one; its `ETag` is what a change names."""
    one = (await queries.in_force(tx))[urgency]
    response.headers["etag"] = _etag(one.version)
    return _out(one, looking.moments(one.policy, region))


@router.put("/{urgency}", responses=problems(400, 412, 413, 428))
async def change_policy(
    response: Response,
    tx: ProgramTx,
    me: Me,
    region: MyRegion,
    urgency: Urgency,
    policy: Policy,
    if_match: IfMatch = None,
) -> PolicyOut:
    """Put the next version into force, for whatever begins from now on."""
    seen = (await queries.in_force(tx))[urgency].version
    insist(if_match, _etag(seen), PolicyChangedError)
    looking.insist_on_channels(policy)
    version = await actions.change(tx, region.id, urgency, policy, seen=seen, by=me.role)
    response.headers["etag"] = _etag(version)
    one = (await queries.in_force(tx))[urgency]
    return _out(one, looking.moments(one.policy, region))


def _etag(version: int) -> str:
    return f'"{version}"'


def _out(one: InForce, moments: looking.Moments) -> PolicyOut:
    return PolicyOut(
        urgency=one.urgency,
        version=one.version,
        policy=one.policy,
        made_at=one.made_at,
        made_by=one.made_by,
        sunday_at_four=[MomentOut.model_validate(moment) for moment in moments],
    )
