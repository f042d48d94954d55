"""An agency's own incidents as JSON: for its PSAP admin."""

from fastapi import APIRouter

from libs.peer.deployments import queries
from libs.peer.incidents import actions as incidents
from libs.peer.incidents.models import OpenedBy
from libs.tenancy.planes import DeskSession
from services.api.declared import problems
from services.api.deployments.rest import new_incident
from services.api.deployments.schemas import DeskDeploymentOut, DeskDeploymentsOut, IncidentIn, SlotOut, SummaryOut
from services.api.deps import DeskTx, MyAgency, MyRegion

router = APIRouter(prefix="/v1/desk/incidents", tags=["desk"])

AT_ONCE = 50


async def look(session: DeskSession) -> DeskDeploymentsOut:
    """Read what an agency sees of the teams that come to it, newest first."""
    return DeskDeploymentsOut(
        data=[
            DeskDeploymentOut(
                deployment=SummaryOut.model_validate(one),
                team=[SlotOut.model_validate(slot) for slot in await queries.team_for_desk(session, one.id)],
            )
            for one in await queries.listed(session, limit=AT_ONCE)
        ]
    )


@router.get("", responses=problems())
async def list_incidents(tx: DeskTx) -> DeskDeploymentsOut:
    """List the teams that come to the own agency, and whom to let in."""
    return await look(tx)


@router.post("", status_code=202, responses=problems(409))
async def open_incident(tx: DeskTx, agency: MyAgency, region: MyRegion, body: IncidentIn) -> None:
    """Open a critical incident at the own agency; the coordinators are told at once."""
    new = new_incident(body, agency, region)
    await incidents.open_one(tx, new, region_id=region.id, opened_by=OpenedBy.DESK)
