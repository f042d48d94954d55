"""The region's agencies as JSON, for program managers and integrators."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.api.deps import MyRegion, Wired

router = APIRouter(prefix="/v1/agencies", tags=["agencies"])


class AgencyOut(BaseModel):
    """An agency of the region."""

    model_config = ConfigDict(from_attributes=True)

    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    status: str


class AgenciesOut(BaseModel):
    """The region's active agencies, by name."""

    data: list[AgencyOut]


@router.get("")
async def list_agencies(region: MyRegion, wired: Wired) -> AgenciesOut:
    """List the region's agencies. Scope `agencies:read`."""
    tenants = await wired.planes.tenants()
    return AgenciesOut(data=[AgencyOut.model_validate(agency) for agency in tenants.agencies_of(region)])
