"""The PSAP admin's side as JSON."""

from fastapi import APIRouter
from pydantic import BaseModel

from libs.peer.desk import queries as desk
from services.api.deps import DeskTx, MyAgency

router = APIRouter(prefix="/v1/desk", tags=["desk"])


class DeskOut(BaseModel):
    """An agency as its admin sees it."""

    slug: str
    name: str
    county: str
    state: str
    fcc_id: int | None
    settings: dict[str, str]


@router.get("")
async def read_desk(tx: DeskTx, agency: MyAgency) -> DeskOut:
    """Read the own agency's data and settings."""
    return DeskOut(
        slug=agency.slug,
        name=agency.name,
        county=agency.county,
        state=agency.state,
        fcc_id=agency.fcc_id,
        settings=dict(await desk.settings(tx)),
    )
