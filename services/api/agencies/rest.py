"""Agencies, the catalogue and onboarding as JSON: for program managers; the list of agencies for integrators too."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from libs.peer.agencies import actions, queries, rules
from libs.peer.agencies.errors import AgencyChangedError, AgencyNotWellDescribedError, AgencyOnItsWayError
from libs.peer.agencies.queries import AgencyOfProgram
from libs.peer.agencies.rules import Wanted
from libs.peer.registry import catalogue
from libs.peer.registry.catalogue import Search
from libs.peer.registry.rules import Standing, plain_text
from services.api.agencies.schemas import (
    AgenciesOut,
    AgencyOut,
    AgencyPatch,
    ByHandIn,
    CatalogueOut,
    ImportOut,
    LastImportOut,
    OnboardIn,
    OnboardingOut,
    OnboardingsOut,
    PsapOut,
    TouchedOut,
)
from services.api.cursors import After, Limit, tell_next
from services.api.declared import problems
from services.api.deps import Me, MyRegion, ProgramTx, Wired
from services.api.preconditions import IfMatch, etag, insist

router = APIRouter(prefix="/v1", tags=["agencies"])

CHANGEABLE = frozenset({"active", "suspended"})
Sought = Annotated[str, Query(max_length=120, description="Words of the name, county, city or state, or the FCC id.")]
State = Annotated[str | None, Query(pattern="^[A-Za-z]{2}$", description="Two letters.")]


@router.get("/catalogue", responses=problems(400))
async def list_catalogue(
    request: Request,
    response: Response,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    q: Sought = "",
    state: State = None,
    standing: Standing | None = None,
    limit: Limit = 20,
    cursor: After = None,
) -> CatalogueOut:
    """Search the FCC's registry, by name."""
    wanted = Search(plain_text(q), state.upper() if state else None, standing)
    scope = f"catalogue:{region.id}:{wanted.words}:{wanted.state}:{wanted.standing}"
    after = wired.cursors.decode(cursor, scope)
    rows = await catalogue.search(tx, wanted, limit=limit + 1, after=(str(after[0]), int(after[1])) if after else None)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.name, row.psap_id))
    tell_next(request, response, page.next_cursor)
    return CatalogueOut(data=[PsapOut.model_validate(row) for row in page.data], next_cursor=page.next_cursor)


@router.get("/catalogue/last-import", responses=problems())
async def read_last_import(tx: ProgramTx) -> LastImportOut:
    """Say what the last import of the FCC's file read, what it changed, and which of your agencies that touches."""
    last = await catalogue.last_import(tx)
    return LastImportOut(
        last_import=ImportOut.model_validate(last) if last else None,
        touched=[TouchedOut.model_validate(each) for each in await catalogue.touched(tx)],
    )


@router.get("/agencies", responses=problems(400))
async def list_agencies(
    request: Request, response: Response, region: MyRegion, wired: Wired, limit: Limit = 20, cursor: After = None
) -> AgenciesOut:
    """List the region's agencies by name, suspended ones too. Scope `agencies:read`."""
    scope = f"agencies:{region.id}"
    after = wired.cursors.decode(cursor, scope)
    agencies = sorted((await wired.planes.tenants()).agencies_of(region), key=lambda agency: (agency.name, agency.slug))
    rows = [agency for agency in agencies if after is None or (agency.name, agency.slug) > after]
    page = wired.cursors.cut(rows[: limit + 1], limit, scope, key=lambda agency: (agency.name, agency.slug))
    tell_next(request, response, page.next_cursor)
    return AgenciesOut(data=[AgencyOut.model_validate(row) for row in page.data], next_cursor=page.next_cursor)


@router.get("/agencies/{agency_id}", responses=problems(404))
async def read_agency(response: Response, tx: ProgramTx, agency_id: UUID) -> AgencyOut:
    """Read one of the region's agencies; its `ETag` is what a change names."""
    agency = await queries.agency(tx, agency_id)
    response.headers["etag"] = _etag(agency)
    return AgencyOut.model_validate(agency)


@router.patch("/agencies/{agency_id}", responses=problems(400, 404, 409, 412, 413, 428))
async def change_agency(
    response: Response,
    wired: Wired,
    tx: ProgramTx,
    agency_id: UUID,
    patch: AgencyPatch,
    if_match: IfMatch = None,
) -> AgencyOut:
    """Rename an agency, suspend it, or let it take part again. Requests that are open go on, if there are any."""
    was = await queries.agency(tx, agency_id)
    insist(if_match, _etag(was), AgencyChangedError)
    if was.status not in CHANGEABLE:
        raise AgencyOnItsWayError
    name = was.name if patch.name is None else plain_text(patch.name)
    if not name:
        raise AgencyNotWellDescribedError({"name": "The name is empty."})
    await actions.change(tx, was, name=name, status=patch.status or was.status)
    wired.planes.forget_tenants()
    now = await queries.agency(tx, agency_id)
    response.headers["etag"] = _etag(now)
    return AgencyOut.model_validate(now)


@router.get("/onboardings", responses=problems(400))
async def list_onboardings(
    request: Request,
    response: Response,
    wired: Wired,
    region: MyRegion,
    tx: ProgramTx,
    limit: Limit = 20,
    cursor: After = None,
) -> OnboardingsOut:
    """List what was asked for and not put away, by name."""
    scope = f"onboardings:{region.id}"
    after = wired.cursors.decode(cursor, scope)
    rows = await queries.asked(tx, limit=limit + 1, after=(str(after[0]), str(after[1])) if after else None)
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.name, str(row.id)))
    tell_next(request, response, page.next_cursor)
    return OnboardingsOut(data=[OnboardingOut.model_validate(row) for row in page.data], next_cursor=page.next_cursor)


@router.post("/onboardings", status_code=202, responses=problems(400, 413))
async def create_onboardings(me: Me, region: MyRegion, tx: ProgramTx, body: OnboardIn) -> OnboardingsOut:
    """Ask that agencies take part; it happens within seconds. Asked twice, it is done once."""
    if not body.psap_ids and not body.agencies:
        raise AgencyNotWellDescribedError({"psap_ids": "Name at least one agency."})
    by_hand = [_wanted(agency) for agency in body.agencies]
    psaps = body.psap_ids
    wanted = await actions.ask_for_psaps(tx, psaps, region_id=region.id, by=me.account_id) if psaps else ()
    await actions.ask(tx, by_hand, region_id=region.id, by=me.account_id)
    rows = await queries.asked_for(tx, [agency.slug for agency in (*wanted, *by_hand)])
    return OnboardingsOut(data=[OnboardingOut.model_validate(row) for row in rows], next_cursor=None)


@router.delete("/onboardings/{onboarding_id}", status_code=204, responses=problems(404))
async def put_onboarding_away(region: MyRegion, tx: ProgramTx, onboarding_id: UUID) -> None:
    """Take one off the list; one that waits is not onboarded any more, unless it is just being made."""
    await actions.put_away(tx, onboarding_id, region_id=region.id)


def _wanted(agency: ByHandIn) -> Wanted:
    wanted, wrong = rules.by_hand(agency.name, agency.discipline, agency.state, agency.county, agency.city)
    if wanted is None:
        raise AgencyNotWellDescribedError(wrong)
    return wanted


def _etag(agency: AgencyOfProgram) -> str:
    """Return what changes whenever something changes that can be changed here."""
    return etag(str(agency.id), agency.name, agency.status)
