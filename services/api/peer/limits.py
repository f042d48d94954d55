"""The peer's page about own load and limits; conversations without a request, logged in two taps."""

from datetime import datetime, time
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from libs.peer.contacts import actions as contacts
from libs.peer.contacts.models import Began, Length
from libs.peer.intranet import actions as showing
from libs.peer.intranet import queries as intranet
from libs.peer.intranet.errors import NotAPhoto
from libs.peer.limits import actions as limits
from libs.peer.limits.errors import HoursUnreadable
from libs.peer.limits.models import Gender, Modality
from libs.peer.limits.rules import OwnWord
from libs.peer.teams import queries as teams
from libs.peer.teams.models import TeamKind
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DispatchSession
from services.api import rendering
from services.api.deps import DispatchTx, MyMember, MyRegion, Spoken
from services.api.intranet import photos
from services.api.peer import limiting

router = APIRouter(prefix="/peer/limits", include_in_schema=False)
HERE = "/peer/limits"
_DONE = {
    "said": "Saved. It holds from now on.",
    "away": "Noted. No one is sent to you in that time.",
    "back": "Taken out.",
    "rated": "Thank you.",
    "rest": "Thank you. Rest well. No one is sent to you until then.",
    "code": "A code is on its way.",
    "proven": "That is the code. We reach you there from now on.",
    "ready": "Welcome back.",
    "shown": "Saved. It holds from now on.",
    "photo": "Your photo is there.",
    "no_photo": "Your photo is gone.",
    "logged": "Counted. No names, no notes.",
}
_Few = Annotated[str, Form(max_length=4, pattern=r"^\d*$")]


@router.get("")
async def limits_page(
    request: Request,
    region: MyRegion,
    tx: DispatchTx,
    member: MyMember,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show what a peer carries, what keeps them from being asked and until when, and what they have said."""
    return await _page(request, region, tx, member, done=done)


@router.post("", dependencies=[Spoken])
async def say_limits_page(
    request: Request,
    region: MyRegion,
    tx: DispatchTx,
    member: MyMember,
    modalities: Annotated[list[Modality], Form()] = [],  # noqa: B006 - FastAPI copies it
    team: Annotated[list[TeamKind], Form()] = [],  # noqa: B006 - as above
    reach_minutes: _Few = "",
    caseload: _Few = "",
    accepts_a_day: _Few = "",
    quiet_from: Annotated[str, Form(max_length=8)] = "",
    quiet_until: Annotated[str, Form(max_length=8)] = "",
    wakes_for_now: Annotated[str, Form(max_length=3)] = "",
    gender: Annotated[Gender, Form()] = Gender.NOT_SAID,
    knows_calls: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Keep what a peer says of how they want to be asked."""
    word = OwnWord(
        modalities=tuple(modalities),
        reach_minutes=min(int(reach_minutes), 600) if reach_minutes else None,
        caseload=max(1, int(caseload)) if caseload else None,
        accepts_a_day=max(1, int(accepts_a_day)) if accepts_a_day else None,
        quiet_from=_hour(quiet_from),
        quiet_until=_hour(quiet_until),
        wakes_for_now=bool(wakes_for_now),
        gender=gender,
        knows_calls=bool(knows_calls),
    )
    not_for = tuple(part_id for kind, part_id in await teams.parts_of(tx, member) if kind not in team)
    await limits.say(tx, member, region_id=region.id, word=word, not_for=not_for)
    return rendering.back(request, HERE, done="said")


@router.post("/away", dependencies=[Spoken])
async def go_away_page(
    request: Request,
    region: MyRegion,
    tx: DispatchTx,
    member: MyMember,
    starts_at: Annotated[datetime, Form()],
    ends_at: Annotated[datetime, Form()],
) -> Response:
    """Keep a time away, as the peer's own clock shows it."""
    zone = ZoneInfo(limiting.zone_of(await limiting.look(tx, region.id, member), region.time_zone))
    start, end = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (starts_at, ends_at))
    await limits.go_away(tx, member, region_id=region.id, starts_at=start, ends_at=end)
    return rendering.back(request, HERE, done="away")


@router.post("/away/{away_id}/end", dependencies=[Spoken])
async def come_back_page(request: Request, tx: DispatchTx, member: MyMember, away_id: UUID) -> Response:
    """Take a time away out."""
    await limits.come_back(tx, member, away_id)
    return rendering.back(request, HERE, done="back")


@router.post("/effort", dependencies=[Spoken])
async def rate_page(
    request: Request,
    tx: DispatchTx,
    member: MyMember,
    offer_id: Annotated[UUID, Form()],
    effort: Annotated[int, Form(ge=1, le=5)],
) -> Response:
    """Keep how heavy a conversation was for the peer; a heavy one is followed by rest."""
    rest = await limits.rate(tx, member, offer_id, effort=effort)
    return rendering.back(request, HERE, done="rest" if rest else "rated")


@router.post("/ready", dependencies=[Spoken])
async def ready_page(request: Request, tx: DispatchTx, member: MyMember) -> Response:
    """End a rest early."""
    await limits.is_ready(tx, member)
    return rendering.back(request, HERE, done="ready")


@router.post("/contacts", dependencies=[Spoken])
async def log_contact_page(
    request: Request,
    tx: DispatchTx,
    member: MyMember,
    team: Annotated[TeamKind, Form()],
    began: Annotated[Began, Form()],
    channel: Annotated[Modality, Form()],
    length: Annotated[Length, Form()],
) -> Response:
    """Count a conversation that began without a request."""
    is_counted = await contacts.log(tx, member, team=team, began=began, channel=channel, length=length)
    return rendering.back(request, HERE, **({"done": "logged"} if is_counted else {}))


@router.post("/contacts/effort", dependencies=[Spoken])
async def weigh_contact_page(
    request: Request, region: MyRegion, tx: DispatchTx, member: MyMember, effort: Annotated[int, Form(ge=1, le=5)]
) -> Response:
    """Let a conversation without a request be followed by rest, as one with a request is."""
    rest = await limits.weigh(tx, member, region_id=region.id, effort=effort)
    return rendering.back(request, HERE, done="rest" if rest else "rated")


def _hour(text: str) -> time | None:
    """Read a time of day; nothing typed is none.

    Raises:
        HoursUnreadable: it is none.
    """
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise HoursUnreadable from None


@router.post("/shown", dependencies=[Spoken])
async def show_me_page(
    request: Request, region: MyRegion, tx: DispatchTx, member: MyMember, is_shown: Annotated[bool, Form()]
) -> Response:
    """Put oneself on the roster that centers show, or take oneself off it."""
    await showing.show_me(tx, member, region_id=region.id, is_shown=is_shown)
    return rendering.back(request, HERE, done="shown")


@router.get("/photo")
async def my_photo(tx: DispatchTx, member: MyMember) -> Response:
    """Show a peer their own photo, whether it is shown to others or not."""
    return photos.of_peer(await intranet.photo(tx, member))


@router.post("/photo")
async def put_photo_page(request: Request, region: MyRegion, tx: DispatchTx, member: MyMember) -> Response:
    """Keep a peer's own photo; with one that cannot be used the page says so and nothing changes."""
    try:
        jpeg = await photos.of_form(request)
    except NotAPhoto:
        return await _page(request, region, tx, member, is_no_photo=True)
    await showing.put_photo(tx, member, region_id=region.id, jpeg=jpeg)
    return rendering.back(request, HERE, done="photo")


@router.post("/photo/end", dependencies=[Spoken])
async def take_photo_page(request: Request, tx: DispatchTx, member: MyMember) -> Response:
    """Delete a peer's own photo."""
    await showing.take_photo(tx, member)
    return rendering.back(request, HERE, done="no_photo")


async def _page(
    request: Request, region: RegionRef, tx: DispatchSession, member: UUID, *, done: str = "", is_no_photo: bool = False
) -> Response:
    mine = await limiting.look(tx, region.id, member)
    zone = limiting.zone_of(mine, region.time_zone)
    view = limiting.view(
        mine, zone=zone, notice=_DONE.get(done), has_just_talked=done == "logged", is_no_photo=is_no_photo
    )
    return rendering.page(request, "peer/limits.html", view, zone=zone, status=422 if is_no_photo else 200)
