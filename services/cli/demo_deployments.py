"""Heartland's teams: one that is being filled, so that a newcomer sees people asked, and one that came back."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from libs.peer.deployments import actions, answers, engine, queries
from libs.peer.deployments.cards import Card
from libs.peer.deployments.models import InvitationState, Kind, SlotRole
from libs.peer.deployments.region_cards import put_card
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.actions import NewIncident
from libs.peer.incidents.models import IncidentType, Involved, OpenedBy
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import ProgramSession
from libs.tenancy.transactions import Planes

OPEN, DONE = (UUID(f"00000000-0000-4000-9100-00000000000{number}") for number in (1, 2))
_CAME = 14
_DAYS_AGO = timedelta(days=3)
_LONG_AGO = text(
    """
    UPDATE shared.deployment SET opened_at = opened_at - CAST(:ago AS interval),
        starts_at = opened_at - CAST(:ago AS interval) + interval '3 hours',
        ended_at = ended_at - CAST(:ago AS interval) + interval '5 hours'
    WHERE id = :id
    """
)


async def lay(planes: Planes, region: RegionRef) -> None:
    """Send two teams: what they say and do is what people would, by the same actions."""
    tenants = await planes.tenants()
    async with planes.program(region) as program:
        now = await queries.clock(program)
        card = Card(Kind.DEFUSING, 1, 3, 0)
        await put_card(program, region.id, IncidentType.CHILD_DEATH, Involved.SOME, card)
        await _open(program, region, tenants.agency("osprey"), OPEN, now - timedelta(hours=2))
        await _open(program, region, tenants.agency("hollowell"), DONE, now - _DAYS_AGO)
    for deployment_id, yes in ((DONE, 4), (OPEN, 1)):
        await _fill(planes, region, deployment_id, yes)
    async with planes.program(region) as program:
        await actions.finish(program, DONE, attendees=_CAME)
        await program.execute(_LONG_AGO, {"id": DONE, "ago": _DAYS_AGO})


async def _open(
    program: ProgramSession, region: RegionRef, agency: AgencyRef, new_id: UUID, happened_at: datetime
) -> None:
    new = NewIncident(
        id=new_id,
        agency_id=agency.id,
        type=IncidentType.CHILD_DEATH,
        involved=Involved.SOME,
        happened_at=happened_at,
        kind=None,
        target="on_shift",
        starts_at=None,
        place="",
        time_zone=region.time_zone,
        dispatchers_included="yes",
        backfill="unknown",
    )
    await incidents.open_one(program, new, region_id=region.id, opened_by=OpenedBy.PROGRAM)
    await actions.open_for(program, new_id)


async def _fill(planes: Planes, region: RegionRef, deployment_id: UUID, yes: int) -> None:
    """Have the team proposed and asked; the first `yes` of them accept, one of each role at most as often as needed."""
    async with planes.dispatch(region) as dispatch:
        await engine.advance(dispatch, deployment_id)
    async with planes.program(region) as program:
        await actions.fill(program, deployment_id)
    async with planes.dispatch(region) as dispatch:
        await engine.advance(dispatch, deployment_id)
    async with planes.program(region) as program:
        asked = [one for one in await queries.invited(program, deployment_id) if one.state is InvitationState.ASKED]
    leads = [one for one in asked if one.role is SlotRole.LEAD][:1]
    peers = [one for one in asked if one.role is SlotRole.PEER][:3]
    for one in [*leads, *peers][:yes]:
        async with planes.dispatch(region) as dispatch:
            await answers.accept(dispatch, one.id, by=one.member_id)
