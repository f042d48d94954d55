"""The admins of a region's agencies: who can sign in, one more, and a link: as pages and as JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.agencies.errors import AgencyUnknownError
from libs.peer.passkeys import actions as passkey_links
from libs.peer.passkeys import queries as passkeys
from libs.peer.passkeys.errors import AdminUnknownError
from libs.peer.passkeys.queries import Standing
from libs.peer.sso import removing
from libs.peer.sso.removing import Leaver
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DoorSession
from services.api import once, rendering
from services.api.declared import problems
from services.api.deps import DoorTx, Me, MyRegion, Spoken, Wired
from services.api.door import links
from services.api.door.links import LinkPage, MadeLink, StandingCard
from services.api.door.schemas import LinkIn, LinkOut, StandingOut, StandingsOut
from services.api.fresh import Fresh, IsFresh
from services.api.names import GivenName
from services.api.once import Once
from services.api.views import Choice
from services.api.wiring import Wiring

_HERE = "/program/admins"
_DONE = {"removed": "They are out: signed out everywhere, and nothing lets them in."}
router = APIRouter(prefix=_HERE, include_in_schema=False)
api = APIRouter(prefix="/v1/admins", tags=["program"])


@dataclass(frozen=True, slots=True)
class AdminsPage:
    """The admins, and the agencies that could have one more; `is_fresh`: links may be made now."""

    people: tuple[StandingCard, ...]
    agencies: tuple[Choice, ...]
    is_fresh: bool
    notice: str | None = None


class AdminIn(BaseModel):
    """Somebody who shall administer an agency."""

    model_config = ConfigDict(extra="forbid")

    name: GivenName
    agency_id: UUID


class _Added(BaseModel):
    """What is kept of an answer: whose link, without it."""

    account_id: UUID
    until: datetime


@router.get("")
async def admins_page(
    request: Request, wired: Wired, tx: DoorTx, region: MyRegion, is_fresh: IsFresh, done: str = ""
) -> Response:
    """Show who administers which agency."""
    agencies = (await wired.planes.tenants()).agencies_of(region)
    choices = tuple(Choice(str(agency.id), agency.name) for agency in sorted(agencies, key=lambda each: each.name))
    view = AdminsPage(await _look(wired, tx, region), choices, is_fresh, _DONE.get(done))
    return rendering.page(request, "program/admins.html", view, zone=region.time_zone)


@router.post("", dependencies=[Spoken, Fresh])
async def add_admin_page(
    request: Request,
    wired: Wired,
    tx: DoorTx,
    region: MyRegion,
    name: Annotated[GivenName, Form()],
    agency_id: Annotated[UUID, Form()],
) -> Response:
    """Add an admin, and show the link once."""
    account_id = await _add(wired, tx, region, name, agency_id)
    made = await links.make(tx, wired.settings, account_id, keep=False)
    return _shown(request, region, name, made, keep=False)


@router.post("/{account_id}/link", dependencies=[Spoken, Fresh])
async def link_admin_page(
    request: Request,
    wired: Wired,
    tx: DoorTx,
    region: MyRegion,
    account_id: UUID,
    *,
    keep: Annotated[bool, Form()] = False,
) -> Response:
    """Make a link for one of them, and show it once."""
    admin = await _one(tx, region, account_id)
    made = await links.make(tx, wired.settings, admin.account_id, keep=keep)
    return _shown(request, region, admin.name, made, keep=keep)


@router.post("/{account_id}/remove", dependencies=[Spoken, Fresh])
async def remove_admin_page(request: Request, tx: DoorTx, region: MyRegion, me: Me, account_id: UUID) -> Response:
    """Take one of them out."""
    await remove_admin(tx, region, me, account_id)
    return rendering.back(request, _HERE, done="removed")


@api.get("")
async def list_admins(wired: Wired, tx: DoorTx, region: MyRegion) -> StandingsOut:
    """List the admins of the region's agencies, and whether they can sign in."""
    return StandingsOut(data=[StandingOut.model_validate(one) for one in await _look(wired, tx, region)])


@api.post(
    "",
    status_code=201,
    responses=once.problems(404),
    openapi_extra=once.HEADER,
    response_model=LinkOut,
    dependencies=[Fresh],
)
async def add_admin(wired: Wired, tx: DoorTx, region: MyRegion, only_once: Once, body: AdminIn) -> Response:
    """Add an admin to an agency of the region; the answer is the link for their first device."""

    async def work() -> _Added:
        account_id = await _add(wired, tx, region, body.name, body.agency_id)
        link = await passkey_links.make_link(tx, account_id, keep=False, token=only_once.token(str(account_id)))
        return _Added(account_id=account_id, until=link.until)

    answer = await only_once.answer(tx, 201, work)
    added = _Added.model_validate_json(bytes(answer.body))
    url = links.address(wired.settings, only_once.token(str(added.account_id)))
    return once.shown(answer, LinkOut(url=url, until=added.until))


@api.post("/{account_id}/link", status_code=201, dependencies=[Fresh])
async def link_admin(wired: Wired, tx: DoorTx, region: MyRegion, account_id: UUID, body: LinkIn) -> LinkOut:
    """Make one of them a one-time link. Earlier links end, and what let them in before too, unless it is kept."""
    admin = await _one(tx, region, account_id)
    return LinkOut.model_validate(await links.make(tx, wired.settings, admin.account_id, keep=body.keep))


@api.delete("/{account_id}", status_code=204, responses=problems(404), dependencies=[Fresh])
async def remove_admin(tx: DoorTx, region: MyRegion, me: Me, account_id: UUID) -> None:
    """Take one of them out: signed out everywhere at once, and let in by no passkey, link or provider any more.

    A new link is the way back. Where groups let people in at their center's own provider, have them taken out of the
    group, too: who has never come in by it is not known by it here.
    """
    if not await removing.take_out(tx, Leaver(account_id, region.id, Role.PSAP_ADMIN), by=me.account_id):
        raise AdminUnknownError


async def _look(wired: Wiring, door: DoorSession, region: RegionRef) -> tuple[StandingCard, ...]:
    agencies = (await wired.planes.tenants()).agencies
    found = await passkeys.of_role(door, region.id, Role.PSAP_ADMIN.value)
    return tuple(
        StandingCard.of(one.account_id, one.name, agencies[one.agency_id].name, one)
        for one in found
        if one.agency_id in agencies
    )


async def _one(door: DoorSession, region: RegionRef, account_id: UUID) -> Standing:
    for one in await passkeys.of_role(door, region.id, Role.PSAP_ADMIN.value):
        if one.account_id == account_id:
            return one
    raise AdminUnknownError


async def _add(wired: Wiring, door: DoorSession, region: RegionRef, name: str, agency_id: UUID) -> UUID:
    if agency_id not in {agency.id for agency in (await wired.planes.tenants()).agencies_of(region)}:
        raise AgencyUnknownError
    new = NewAccount(uuid4(), Role.PSAP_ADMIN, region.id, name, agency_id=agency_id)
    await accounts.add(door, new)
    return new.id


def _shown(request: Request, region: RegionRef, name: str, made: MadeLink, *, keep: bool) -> Response:
    view = LinkPage(name, made.url, made.until, keep, _HERE, "Admins of agencies")
    return rendering.page(request, "door/link.html", view, zone=region.time_zone)
