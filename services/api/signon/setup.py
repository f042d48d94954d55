"""The set-up of a sign-in of one's own, by a center's admin or for the region: step by step, each to be taken again."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.accounts.queries import SignedIn
from libs.peer.errors import PeerError
from libs.peer.sessions import queries as sessions
from libs.peer.sso import queries, settingup
from libs.peer.sso.arriving import Purpose
from libs.peer.sso.errors import ProviderAwayError, ProviderUnusableError
from services.api import meanings, rendering
from services.api.deps import DoorTx, Me, Spoken, Wired
from services.api.fresh import Fresh
from services.api.signon import places, trips
from services.api.signon.views import Fault, SetUpPage
from services.api.wiring import Wiring

router = APIRouter(prefix="/sign-on", include_in_schema=False)

Typed = Annotated[str, Form(max_length=2_000)]
_HERE = "/sign-on"
_DONE = {
    "issuer": "Your provider answers. Go on with the client.",
    "client": "It is kept. Go on with a test.",
    "groups": "It is kept. Who came in by groups signs in anew.",
    "off": "It is off. Who came in by it is signed out.",
    "removed": "It is gone. Who came in by it is signed out.",
}


@router.get("")
async def sign_on_set_up_page(request: Request, wired: Wired, me: Me, done: str = "") -> Response:
    """Show how far it is."""
    return await _page(request, wired, me, notice=_DONE.get(done))


@router.post("/issuer", dependencies=[Spoken, Fresh])
async def set_issuer_page(request: Request, wired: Wired, me: Me, issuer: Typed) -> Response:
    """Ask an issuer what it is, and keep it when it can be used."""
    place, issuer = await places.of_caller(wired, me), issuer.strip()
    try:
        await wired.sign_on.describe(issuer, anew=True)
        async with wired.planes.door() as door:
            await settingup.set_issuer(door, place.home, issuer)
    except (ProviderUnusableError, ProviderAwayError) as error:
        return await _page(request, wired, me, error=error, typed={"issuer": issuer})
    return rendering.back(request, _HERE, done="issuer")


@router.post("/client", dependencies=[Spoken, Fresh])
async def set_client_page(request: Request, wired: Wired, me: Me, client_id: Typed, client_secret: Typed) -> Response:
    """Keep the client and its secret."""
    place = await places.of_caller(wired, me)
    try:
        async with wired.planes.door() as door:
            seal = wired.sign_on.seal
            await settingup.set_client(door, seal, place.home, client_id.strip(), client_secret.strip())
    except ProviderUnusableError as error:
        return await _page(request, wired, me, error=error, typed={"client_id": client_id})
    return rendering.back(request, _HERE, done="client")


@router.post("/test", dependencies=[Spoken, Fresh])
async def try_sign_on_page(request: Request, wired: Wired, me: Me) -> Response:
    """Send whoever sets it up there and back."""
    try:
        return await trips.go(request, wired, await places.of_caller(wired, me), Purpose.TEST, who=me)
    except (ProviderUnusableError, ProviderAwayError) as error:
        return await _page(request, wired, me, error=error)


@router.post("/groups", dependencies=[Spoken, Fresh])
async def set_groups_page(
    request: Request,
    wired: Wired,
    me: Me,
    group_claim: Typed = "",
    groups: Typed = "",
    group: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Say which groups let somebody in: typed one a line, or chosen out of those that a test has shown."""
    place, typed = await places.of_caller(wired, me), "\n".join([*(group or []), groups])
    try:
        async with wired.planes.door() as door:
            await settingup.set_groups(door, place.home, group_claim, typed)
    except ProviderUnusableError as error:
        return await _page(request, wired, me, error=error, typed={"group_claim": group_claim, "groups": typed})
    return rendering.back(request, _HERE, done="groups")


@router.post("/switch", dependencies=[Spoken, Fresh])
async def switch_sign_on_page(
    request: Request, wired: Wired, tx: DoorTx, me: Me, *, is_on: Annotated[bool, Form()]
) -> Response:
    """Let it sign people in, or not any more."""
    await settingup.switch(tx, (await places.of_caller(wired, me)).home, is_on=is_on)
    return rendering.back(request, _HERE, done="on" if is_on else "off")


@router.post("/remove", dependencies=[Spoken, Fresh])
async def remove_sign_on_page(request: Request, wired: Wired, tx: DoorTx, me: Me) -> Response:
    """Forget it."""
    await settingup.remove(tx, (await places.of_caller(wired, me)).home)
    return rendering.back(request, _HERE, done="removed")


async def _page(
    request: Request,
    wired: Wiring,
    me: SignedIn,
    *,
    error: PeerError | None = None,
    typed: Mapping[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    place, public_url = await places.of_caller(wired, me), wired.settings.public_url
    async with wired.planes.door() as door:
        setup = await queries.of_home(door, place.home)
        people = await queries.let_in(door, setup.id) if setup else ()
        is_fresh = await sessions.is_fresh(door, me.sign_in_id, is_demo=wired.settings.demo)
    view = SetUpPage(
        name=place.name,
        setup=setup,
        redirect_uri=public_url + place.back_path,
        logout_uri=public_url + place.logout_path,
        entry_url=public_url + place.path,
        people=tuple(people),
        is_fresh=is_fresh,
        typed=typed or {},
        fault=_fault(error),
        notice=notice,
    )
    status = 200 if error is None else meanings.STATUS[error.kind]
    return rendering.page(request, "signon/setup.html", view, status=status)


def _fault(error: PeerError | None) -> Fault | None:
    if isinstance(error, ProviderUnusableError):
        return Fault(error.field, error.detail)
    return None if error is None else Fault("", meanings.title_of(type(error)))
