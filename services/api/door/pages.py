"""Signing in by a one-time link, and out. The token comes in the fragment and is posted: no log ever sees it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from libs.peer.accounts.errors import LinkUsedError
from libs.peer.accounts.models import Role
from libs.peer.passkeys import queries as passkeys
from libs.peer.sessions import actions as sessions
from services.api import cookies, rendering
from services.api.deps import DoorTx, Me, Wired
from services.api.door.views import SignInPage

router = APIRouter(include_in_schema=False)

FIRST_PAGE = {
    Role.PEER: "/peer",
    Role.COORDINATOR: "/coordinator",
    Role.PROGRAM_MANAGER: "/program",
    Role.PSAP_ADMIN: "/desk",
}


@router.get("/sign-in")
async def sign_in_page(request: Request, wired: Wired) -> Response:
    """Take the token out of the fragment and post it; opening a link changes nothing."""
    return rendering.page(request, "door/sign_in.html", SignInPage(is_demo=wired.settings.demo))


@router.get("/enroll")
async def enroll_page(request: Request) -> Response:
    """Let the holder of a link make a passkey; opening the link changes nothing."""
    return rendering.page(request, "door/enroll.html", None)


@router.post("/sign-in")
async def sign_in(request: Request, wired: Wired, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Use up a demonstration's link and start a session; elsewhere a link lets a device in, and a passkey signs in."""
    if not wired.settings.demo:
        raise HTTPException(404)
    try:
        async with wired.planes.door() as session:
            begun = await sessions.begin_by_link(session, token.strip(), cookies.browser(request, wired.settings))
    except LinkUsedError:
        return rendering.page(request, "door/sign_in.html", SignInPage(is_demo=True, is_used=True), status=403)
    response = RedirectResponse("/dashboard", 303)
    cookies.put(response, begun, wired.settings)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, tx: DoorTx, wired: Wired) -> Response:
    """End the session."""
    token = cookies.read(request, wired.settings)
    if token is not None:
        await sessions.end(tx, token)
    response = RedirectResponse("/", 303)
    cookies.drop(response, wired.settings)
    return response


@router.get("/dashboard")
async def dashboard(caller: Me, tx: DoorTx) -> Response:
    """Go to the first page of whoever is signed in; first of all to what they have to be told."""
    if await passkeys.news_of(tx, caller.account_id):
        return RedirectResponse("/account", 303)
    return RedirectResponse(FIRST_PAGE[caller.role], 303)
