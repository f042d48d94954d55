"""Who of a coordinator's teams can sign in, and a link for who cannot: as pages and as JSON."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import NewAccount
from libs.peer.accounts.models import Role
from libs.peer.passkeys import queries as passkeys
from libs.peer.passkeys.errors import NotYourTeamError
from libs.peer.teams import queries as teams
from libs.peer.teams.queries import Mate
from libs.tenancy.directory import RegionRef
from services.api import rendering
from services.api.deps import MyMember, MyRegion, Spoken, Wired
from services.api.door import links
from services.api.door.links import LinkPage, MadeLink, StandingCard
from services.api.door.schemas import LinkIn, LinkOut, StandingOut, StandingsOut
from services.api.fresh import Fresh, IsFresh
from services.api.wiring import Wiring

router = APIRouter(prefix="/coordinator/people/access", include_in_schema=False)
api = APIRouter(prefix="/v1/team", tags=["coordinators"])


@dataclass(frozen=True, slots=True)
class AccessPage:
    """The people of a coordinator's teams; `is_fresh`: links may be made now."""

    people: tuple[StandingCard, ...]
    is_fresh: bool


@router.get("")
async def access_page(
    request: Request, wired: Wired, region: MyRegion, member: MyMember, is_fresh: IsFresh
) -> Response:
    """Show who can sign in."""
    view = AccessPage(await _look(wired, region, member), is_fresh)
    return rendering.page(request, "coordinator/access.html", view, zone=region.time_zone)


@router.post("/{member_id}/link", dependencies=[Spoken, Fresh])
async def link_member_page(
    request: Request,
    wired: Wired,
    region: MyRegion,
    member: MyMember,
    member_id: UUID,
    *,
    keep: Annotated[bool, Form()] = False,
) -> Response:
    """Make a link for one of them, and show it once."""
    mate, made = await _make(wired, region, member, member_id, keep=keep)
    view = LinkPage(mate.name, made.url, made.until, keep, "/coordinator/people/access", "Who can sign in")
    return rendering.page(request, "door/link.html", view, zone=region.time_zone)


@api.get("")
async def list_team(wired: Wired, region: MyRegion, member: MyMember) -> StandingsOut:
    """List the people of the caller's teams, and whether they can sign in."""
    people = await _look(wired, region, member)
    return StandingsOut(data=[StandingOut.model_validate(one) for one in people])


@api.post("/{member_id}/link", status_code=201, dependencies=[Fresh])
async def link_member(wired: Wired, region: MyRegion, member: MyMember, member_id: UUID, body: LinkIn) -> LinkOut:
    """Make one of them a one-time link. Earlier links end, and what let them in before too, unless it is kept."""
    _mate, made = await _make(wired, region, member, member_id, keep=body.keep)
    return LinkOut.model_validate(made)


async def _look(wired: Wiring, region: RegionRef, member: UUID) -> tuple[StandingCard, ...]:
    async with wired.planes.dispatch(region) as dispatch:
        mates = await teams.mates_of(dispatch, member)
    async with wired.planes.door() as door:
        standing = await passkeys.of_members(door, region.id, [mate.id for mate in mates])
    agencies = (await wired.planes.tenants()).agencies
    return tuple(
        StandingCard.of(mate.id, mate.name, agencies[mate.agency_id].name, standing.get(mate.id)) for mate in mates
    )


async def _make(
    wired: Wiring, region: RegionRef, member: UUID, member_id: UUID, *, keep: bool
) -> tuple[Mate, MadeLink]:
    async with wired.planes.dispatch(region) as dispatch:
        mate = next((mate for mate in await teams.mates_of(dispatch, member) if mate.id == member_id), None)
    if mate is None:
        raise NotYourTeamError
    role = Role.COORDINATOR if mate.coordinates else Role.PEER
    async with wired.planes.door() as door:
        new = NewAccount(mate.id, role, region.id, mate.name, member_id=mate.id)
        return mate, await links.make(door, wired.settings, await accounts.of_member(door, new), keep=keep)
