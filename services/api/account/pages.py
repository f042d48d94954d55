"""How I sign in: my passkeys, where I am signed in now, and a proof that it is me."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import queries as passkey_queries
from libs.peer.passkeys.models import News
from libs.peer.sessions import actions as sessions
from libs.peer.sessions import queries as session_queries
from libs.peer.sso import queries as sign_on
from services.api import cookies, rendering
from services.api.account.views import AccountPage, PasskeyRow, ProvePage, SignInRow
from services.api.deps import DoorTx, Me, MyRegion, Spoken, Wired
from services.api.fresh import Fresh, after_proof

router = APIRouter(prefix="/account", include_in_schema=False)

_DONE = {
    "ended": "That browser is signed out.",
    "others": "You are signed out everywhere else.",
    "enrolled": "This device signs you in from now on.",
    "added": "One more passkey signs you in now.",
    "renamed": "Renamed.",
    "removed": "Removed. What it signed in is signed out.",
}


@router.get("")
async def account_page(
    request: Request, tx: DoorTx, wired: Wired, me: Me, region: MyRegion, done: str = ""
) -> Response:
    """Show passkeys, open sessions, and what happened to them."""
    news = await passkey_queries.news_of(tx, me.account_id)
    agencies = (await wired.planes.tenants()).agencies
    mine = await passkey_queries.of_account(tx, me.account_id)
    found = await session_queries.open_of(tx, me.account_id)
    view = AccountPage(
        news=tuple(one for one in news if one.agency_id is None and one.kind is not News.WEBHOOK_OFF),
        without_admin=tuple(
            (one.happened_on, agencies[one.agency_id].name) for one in news if one.agency_id in agencies
        ),
        webhooks_off=tuple(one.happened_on for one in news if one.kind is News.WEBHOOK_OFF),
        passkeys=tuple(PasskeyRow.of(one, mine) for one in mine),
        sign_ins=tuple(SignInRow.of(one, me.sign_in_id) for one in found),
        is_fresh=await session_queries.is_fresh(tx, me.sign_in_id, is_demo=wired.settings.demo),
        by_groups=await sign_on.is_by_groups(tx, me.account_id),
        goes_on=done == "enrolled",
        notice=_DONE.get(done),
    )
    return rendering.page(request, "account/account.html", view, zone=region.time_zone)


@router.get("/prove")
async def prove_page(
    request: Request,
    tx: DoorTx,
    me: Me,
    next: str = "",  # noqa: A002 - its name in the address
) -> Response:
    """Ask for a passkey once more, or for a new sign-in at work, then go on where somebody was."""
    signs_on = await sign_on.of_account(tx, me.account_id) is not None
    has_passkeys = bool(await passkey_queries.of_account(tx, me.account_id)) or not signs_on
    return rendering.page(request, "account/prove.html", ProvePage(after_proof(next), has_passkeys, signs_on))


@router.post("/news/seen", dependencies=[Spoken])
async def news_seen_page(request: Request, tx: DoorTx, me: Me) -> Response:
    """Put away what there was to tell."""
    await passkeys.seen(tx, me.account_id)
    return rendering.back(request, "/account")


@router.post("/passkeys/{passkey_id}/rename", dependencies=[Spoken])
async def rename_passkey_page(
    request: Request, tx: DoorTx, me: Me, passkey_id: UUID, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Call a passkey something else."""
    await passkeys.rename(tx, passkey_id, of=me.account_id, name=name)
    return rendering.back(request, "/account", done="renamed")


@router.post("/passkeys/{passkey_id}/remove", dependencies=[Spoken, Fresh])
async def remove_passkey_page(
    request: Request,
    tx: DoorTx,
    wired: Wired,
    me: Me,
    passkey_id: UUID,
    *,
    even_the_last: Annotated[bool, Form()] = False,
) -> Response:
    """Remove a passkey, and sign out what it has signed in; the last one signs out here, too."""
    who = {"of": me.account_id, "but": me.sign_in_id}
    if not await passkeys.remove(tx, passkey_id, **who, even_the_last=even_the_last):
        return rendering.back(request, "/account", done="removed")
    response = rendering.back(request, "/sign-in")
    cookies.drop(response, wired.settings)
    return response


@router.post("/sign-ins/{sign_in_id}/end", dependencies=[Spoken])
async def end_sign_in_page(request: Request, tx: DoorTx, me: Me, sign_in_id: UUID) -> Response:
    """Sign one browser out, from here."""
    await sessions.end_one(tx, sign_in_id, of=me.account_id)
    return rendering.back(request, "/account", done="ended")


@router.post("/sign-ins/end-others", dependencies=[Spoken])
async def end_other_sign_ins_page(request: Request, tx: DoorTx, me: Me) -> Response:
    """Sign every browser out but this one."""
    await sessions.end_all(tx, me.account_id, but=me.sign_in_id)
    return rendering.back(request, "/account", done="others")
