"""Deployments as JSON: for coordinators and program managers."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.peer.accounts.models import Role
from libs.peer.accounts.queries import SignedIn
from libs.peer.deployments import actions, cards, holding, queries, region_cards
from libs.peer.deployments.actions import Changes
from libs.peer.deployments.cards import Card
from libs.peer.deployments.errors import DeploymentChangedError, DeploymentUnknownError
from libs.peer.deployments.models import DeploymentState
from libs.peer.deployments.queries import Summary
from libs.peer.deployments.rules import Window
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.actions import NewIncident
from libs.peer.incidents.models import OpenedBy
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.errors import UnknownTenantError
from libs.tenancy.planes import ProgramSession
from services.api.cursors import After, Limit, tell_next
from services.api.declared import problems
from services.api.deployments.schemas import (
    AnotherIn,
    AskIn,
    CancelIn,
    CardIO,
    ChangeIn,
    DeploymentIn,
    DeploymentOut,
    DeploymentsOut,
    FinishIn,
    IncidentIn,
    InvitedOut,
    MemberIn,
    OneOnOnesIn,
    RunCardsOut,
    SlotOut,
    SummaryOut,
    WindowIO,
)
from services.api.deps import Me, MyRegion, ProgramTx, Wired
from services.api.preconditions import IfMatch, etag, insist
from services.api.wiring import Wiring

router = APIRouter(prefix="/v1", tags=["deployments"])


def opened_by(caller: SignedIn) -> OpenedBy:
    """Return from which side this caller opens an incident."""
    return OpenedBy.COORDINATOR if caller.role is Role.COORDINATOR else OpenedBy.PROGRAM


def new_incident(body: IncidentIn, agency: AgencyRef, region: RegionRef) -> NewIncident:
    """Turn what was sent into an incident at an agency."""
    return NewIncident(
        id=body.id,
        agency_id=agency.id,
        type=body.type,
        involved=body.involved,
        happened_at=body.happened_at,
        kind=body.kind,
        target=body.target,
        starts_at=body.starts_at,
        place=body.place,
        time_zone=body.time_zone or region.time_zone,
        dispatchers_included=body.dispatchers_included,
        backfill=body.backfill,
    )


async def agency_of_region(wired: Wiring, region: RegionRef, slug: str) -> AgencyRef:
    """Return an agency of the region by its slug.

    Raises:
        DeploymentUnknownError: there is none in this region.
    """
    try:
        agency = (await wired.planes.tenants()).agency(slug)
    except UnknownTenantError as error:
        raise DeploymentUnknownError("There is no such agency in this region.") from error
    if agency.region_id != region.id:
        raise DeploymentUnknownError("There is no such agency in this region.")
    return agency


async def found(session: ProgramSession, deployment_id: UUID) -> Summary:
    """Return a deployment of the region.

    Raises:
        DeploymentUnknownError: none in this region.
    """
    summary = await queries.one(session, deployment_id)
    if summary is None:
        raise DeploymentUnknownError
    return summary


@router.get("/deployments", responses=problems(400))
async def list_deployments(
    request: Request,
    response: Response,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    state: DeploymentState | None = None,
    limit: Limit = 20,
    cursor: After = None,
) -> DeploymentsOut:
    """List the region's deployments, newest first."""
    scope = f"deployments:{region.id}:{state}"
    after = wired.cursors.decode(cursor, scope)
    before = (datetime.fromisoformat(str(after[0])), UUID(str(after[1]))) if after else None
    rows = await queries.listed(tx, limit=limit + 1, before=before, state=state)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.opened_at.isoformat(), str(row.id)))
    tell_next(request, response, page.next_cursor)
    return DeploymentsOut(data=[SummaryOut.model_validate(row) for row in page.data], next_cursor=page.next_cursor)


@router.post("/deployments", status_code=201, responses=problems(404, 409))
async def create_deployment(
    caller: Me, wired: Wired, region: MyRegion, tx: ProgramTx, body: DeploymentIn
) -> SummaryOut:
    """Open a critical incident at one of the region's agencies; a team is proposed at once."""
    agency = await agency_of_region(wired, region, body.agency)
    new = new_incident(body, agency, region)
    await incidents.open_one(tx, new, region_id=region.id, opened_by=opened_by(caller))
    return SummaryOut.model_validate(await found(tx, await actions.open_for(tx, new.id)))


@router.get("/deployments/{deployment_id}", responses=problems(404))
async def read_deployment(response: Response, tx: ProgramTx, deployment_id: UUID) -> DeploymentOut:
    """Read one: its team, who is asked, and what is unusual about it; its `ETag` is what a change names."""
    summary = await found(tx, deployment_id)
    response.headers["etag"] = _etag(summary)
    window = (await region_cards.windows(tx))[summary.kind]
    return DeploymentOut(
        deployment=SummaryOut.model_validate(summary),
        team=[SlotOut.model_validate(slot) for slot in await queries.team(tx, deployment_id)],
        invited=[InvitedOut.model_validate(one) for one in await queries.invited(tx, deployment_id)],
        warnings=list(summary.warnings(window)),
    )


@router.post("/deployments/{deployment_id}/another", status_code=201, responses=problems(404))
async def create_another(tx: ProgramTx, deployment_id: UUID, body: AnotherIn) -> SummaryOut:
    """Send another team for the same incident, such as a debriefing days after a defusing."""
    summary = await found(tx, deployment_id)
    made = await actions.open_for(
        tx, summary.incident_id, deployment_id=body.id, kind=body.kind, starts_at=body.starts_at
    )
    return SummaryOut.model_validate(await found(tx, made))


@router.post("/deployments/{deployment_id}/propose", status_code=204, responses=problems(404, 409))
async def propose_team(tx: ProgramTx, deployment_id: UUID) -> None:
    """Have the proposal filled up: whoever was passed over is replaced."""
    await actions.propose(tx, deployment_id)


@router.post("/deployments/{deployment_id}/pass-over", status_code=204, responses=problems(404, 409))
async def pass_over_member(tx: ProgramTx, deployment_id: UUID, body: MemberIn) -> None:
    """Take somebody out of the proposal before they are asked."""
    await actions.pass_over(tx, deployment_id, body.member_id)


@router.post("/deployments/{deployment_id}/fill", status_code=204, responses=problems(404, 409))
async def fill_team(tx: ProgramTx, deployment_id: UUID) -> None:
    """Ask the proposed team, and whoever follows until every slot is taken."""
    await actions.fill(tx, deployment_id)


@router.post("/deployments/{deployment_id}/ask", status_code=204, responses=problems(404, 409))
async def ask_member(tx: ProgramTx, deployment_id: UUID, body: AskIn) -> None:
    """Ask somebody by name; for one of the affected agency with a written reason."""
    await actions.ask_by_name(tx, deployment_id, body.member_id, role=body.role, why_own_agency=body.why_own_agency)


@router.post("/deployments/{deployment_id}/replace", status_code=204, responses=problems(404, 409))
async def replace_member(tx: ProgramTx, deployment_id: UUID, body: MemberIn) -> None:
    """Take somebody off the team; they are told, and somebody else is asked."""
    await actions.replace(tx, deployment_id, body.member_id)


@router.post("/deployments/{deployment_id}/go-with-fewer", status_code=204, responses=problems(404, 409))
async def go_with_fewer(tx: ProgramTx, deployment_id: UUID) -> None:
    """Go with those who have said yes."""
    await actions.go_with_fewer(tx, deployment_id)


@router.post("/deployments/{deployment_id}/change", status_code=204, responses=problems(404, 409, 412, 428))
async def change_deployment(tx: ProgramTx, deployment_id: UUID, body: ChangeIn, if_match: IfMatch = None) -> None:
    """Change time, place and the two answers; the team is told to look."""
    await holding.lock(tx, deployment_id)
    insist(if_match, _etag(await found(tx, deployment_id)), DeploymentChangedError)
    changes = Changes(body.starts_at, body.place, body.dispatchers_included, body.backfill)
    await actions.change(tx, deployment_id, changes)


@router.post("/deployments/{deployment_id}/finish", status_code=204, responses=problems(404, 409))
async def finish_deployment(tx: ProgramTx, deployment_id: UUID, body: FinishIn) -> None:
    """Note that it is done and how many came."""
    await actions.finish(tx, deployment_id, attendees=body.attendees)


@router.post("/deployments/{deployment_id}/cancel", status_code=204, responses=problems(404, 409))
async def cancel_deployment(tx: ProgramTx, deployment_id: UUID, body: CancelIn) -> None:
    """Call it off; everybody who said yes is told."""
    await actions.cancel(tx, deployment_id, reason=body.reason)


@router.post("/deployments/{deployment_id}/debriefed", status_code=204, responses=problems(404, 409))
async def note_debrief(tx: ProgramTx, deployment_id: UUID) -> None:
    """Note that the team has talked about it among themselves."""
    await actions.note_debrief(tx, deployment_id)


@router.post("/deployments/{deployment_id}/one-on-ones", status_code=204, responses=problems(404, 409))
async def note_one_on_ones(tx: ProgramTx, deployment_id: UUID, body: OneOnOnesIn) -> None:
    """Note whether one-on-ones were offered afterwards: yes or no, nobody's name."""
    await actions.note_one_on_ones(tx, deployment_id, were_offered=body.were_offered)


@router.get("/run-cards", responses=problems())
async def list_run_cards(tx: ProgramTx) -> RunCardsOut:
    """List what is sent for each type and size of incident, and when each kind of response makes sense."""
    every = {**cards.DEFAULT, **await region_cards.own_cards(tx)}
    return RunCardsOut(
        cards=[
            CardIO(
                incident_type=kind,
                involved=size,
                kind=card.kind,
                leads=card.leads,
                peers=card.peers,
                clinicians=card.clinicians,
            )
            for (kind, size), card in every.items()
        ],
        windows=[
            WindowIO(kind=kind, from_hours=window.from_hours, until_hours=window.until_hours)
            for kind, window in (await region_cards.windows(tx)).items()
        ],
    )


@router.put("/run-cards", status_code=204, responses=problems())
async def put_run_card(region: MyRegion, tx: ProgramTx, body: CardIO) -> None:
    """Write the region's own card for one type and size."""
    card = Card(body.kind, body.leads, body.peers, body.clinicians)
    await region_cards.put_card(tx, region.id, body.incident_type, body.involved, card)


@router.put("/response-windows", status_code=204, responses=problems())
async def put_response_window(region: MyRegion, tx: ProgramTx, body: WindowIO) -> None:
    """Write the region's own window for one kind of response."""
    await region_cards.put_window(tx, region.id, body.kind, Window(body.from_hours, body.until_hours))


def _etag(one: Summary) -> str:
    """Return what changes whenever something changes that can be changed here; who is on the team is not."""
    return etag(one.starts_at, one.place, one.dispatchers_included, one.backfill)
