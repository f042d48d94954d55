"""The PSAP admin's page of the center's directory: its address, its token, and which admins it decides on."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from libs.peer.provisioning import following, people, queries, tokens
from libs.tenancy.directory import AgencyRef
from libs.tenancy.planes import DeskSession, DoorSession
from services.api import rendering
from services.api.deps import DeskTx, DoorTx, Me, MyAgency, MyRegion, Spoken, Wired
from services.api.fresh import Fresh, IsFresh
from services.api.scim.rest import base_of
from services.api.scim.views import AdminRow, DirectoryPage
from services.api.wiring import Wiring

router = APIRouter(prefix="/desk/directory", include_in_schema=False)

HOME = "/desk/directory"


@router.get("")
async def directory_page(
    request: Request,
    wired: Wired,
    desk: DeskTx,
    door: DoorTx,
    me: Me,
    agency: MyAgency,
    region: MyRegion,
    is_fresh: IsFresh,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show how the directory comes, what it says, and what it never sees."""
    view = await _look(wired, desk, door, me.account_id, agency, is_fresh=is_fresh)
    return rendering.page(request, "desk/directory.html", replace(view, notice=done), zone=region.time_zone)


@router.post("/token", dependencies=[Spoken, Fresh])
async def make_directory_token_page(
    request: Request, wired: Wired, desk: DeskTx, door: DoorTx, me: Me, agency: MyAgency, region: MyRegion
) -> Response:
    """Make a token and show it, this once; the one before goes on for a day."""
    token = await tokens.make(door, agency.id)
    view = await _look(wired, desk, door, me.account_id, agency, is_fresh=True)
    shown = replace(view, new_token=token)
    return rendering.page(request, "desk/directory.html", shown, zone=region.time_zone, status=201)


@router.post("/tokens/{token_id}/end", dependencies=[Spoken, Fresh])
async def end_directory_token_page(request: Request, door: DoorTx, agency: MyAgency, token_id: UUID) -> Response:
    """End a token here and now."""
    await tokens.end(door, token_id, of=agency.id)
    return rendering.back(request, HOME, done="ended")


@router.post("/people/{person_id}/claim", dependencies=[Spoken, Fresh])
async def claim_person_page(request: Request, door: DoorTx, me: Me, agency: MyAgency, person_id: UUID) -> Response:
    """Say "this is me": from now on the directory decides whether I still come in."""
    await following.claim(door, person_id, account_id=me.account_id, agency_id=agency.id)
    return rendering.back(request, HOME, done="claimed")


async def _look(
    wired: Wiring, desk: DeskSession, door: DoorSession, account_id: UUID, agency: AgencyRef, *, is_fresh: bool
) -> DirectoryPage:
    mine = await queries.mine(door, account_id, agency.id)
    in_use = await queries.in_use(door, agency.id)
    return DirectoryPage(
        agency_name=agency.name,
        base_url=base_of(wired.settings.public_url, agency),
        tokens=tuple(await tokens.of_agency(door, agency.id)),
        admins=tuple(AdminRow.of(one, mine, in_use) for one in await people.admins(desk)),
        head_count=await people.head_count(desk),
        is_fresh=is_fresh,
        may_claim=mine is None,
    )
