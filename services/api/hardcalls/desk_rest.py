"""A center's own hard calls as JSON: one button, workstations, what follows from which type."""

from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from libs.peer.hardcalls import actions, queries, rules
from libs.peer.hardcalls.actions import Reporting
from libs.peer.hardcalls.rules import Rule
from libs.tenancy.planes import DeskSession
from services.api import once
from services.api.declared import problems
from services.api.deps import DeskTx, MyAgency, MyRegion, Wired
from services.api.hardcalls.schemas import (
    AddressOut,
    DoneOut,
    OfferIn,
    StationIn,
    StationOut,
    StationsOut,
    TypeIO,
    TypesOut,
)
from services.api.once import Once

router = APIRouter(prefix="/v1/desk", tags=["hard calls"])


async def every_type(session: DeskSession) -> dict[str, Rule]:
    """Return what follows from which type: the agency's own rules over the defaults, by code."""
    return dict(sorted({**rules.DEFAULT, **await queries.own_rules(session)}.items()))


def address_of(public_url: str, address: str) -> str:
    """Return the whole address of a workstation's page."""
    return f"{public_url}/w/{address}"


@router.post("/hard-calls", responses=once.problems(413), openapi_extra=once.HEADER, response_model=DoneOut)
async def offer_support(
    wired: Wired, agency: MyAgency, region: MyRegion, tx: DeskTx, only_once: Once, body: OfferIn
) -> Response:
    """Offer support after a hard call at chosen workstations, or at all. Nobody is told what becomes of it."""

    async def work() -> DoneOut:
        chosen = body.stations
        if chosen is None:
            chosen = [one.id for one in await queries.stations(tx)]
        await actions.offer(tx, Reporting(agency, region, wired.marks), str(uuid4()), chosen)
        return DoneOut()

    return await only_once.answer(tx, 200, work)


@router.get("/stations", responses=problems())
async def list_stations(tx: DeskTx) -> StationsOut:
    """List the workstations that have a page."""
    return StationsOut(data=[StationOut.model_validate(one) for one in await queries.stations(tx)])


@router.post("/stations", status_code=201, responses=problems(400, 409, 413))
async def add_station(wired: Wired, agency: MyAgency, tx: DeskTx, body: StationIn) -> AddressOut:
    """Give a workstation a page; its address is told once."""
    address = await actions.add_station(tx, agency.id, body.position)
    return AddressOut(url=address_of(wired.settings.public_url, address))


@router.delete("/stations/{station_id}", status_code=204, responses=problems(404))
async def remove_station(tx: DeskTx, station_id: UUID) -> None:
    """Take a workstation's page away."""
    await actions.remove_station(tx, station_id)


@router.get("/incident-types", responses=problems())
async def list_incident_types(tx: DeskTx) -> TypesOut:
    """List what follows from which type of incident."""
    return TypesOut(
        data=[
            TypeIO(code=code, action=rule.action, incident_type=rule.incident_type)
            for code, rule in (await every_type(tx)).items()
        ]
    )


@router.put("/incident-types", status_code=204, responses=problems(400, 413))
async def put_incident_type(agency: MyAgency, tx: DeskTx, body: TypeIO) -> None:
    """Say what follows from one type of incident."""
    await actions.put_rule(tx, agency.id, body.code, Rule(body.action, body.incident_type))
