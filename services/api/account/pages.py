"""Where I am signed in now."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.peer.sessions import actions as sessions
from libs.peer.sessions import queries as session_queries
from services.api import rendering
from services.api.account.views import AccountPage, SignInRow
from services.api.deps import DoorTx, Me, MyRegion, Spoken

router = APIRouter(prefix="/account", include_in_schema=False)

_DONE = {"ended": "That browser is signed out.", "others": "You are signed out everywhere else."}


@router.get("")
async def account_page(request: Request, tx: DoorTx, me: Me, region: MyRegion, done: str = "") -> Response:
    """Show where somebody is signed in."""
    found = await session_queries.open_of(tx, me.account_id)
    rows = tuple(SignInRow.of(one, me.sign_in_id) for one in found)
    view = AccountPage(me.name, rows, _DONE.get(done))
    return rendering.page(request, "account/account.html", view, zone=region.time_zone)


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
