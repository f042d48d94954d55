"""The one cookie: a session's token, for people who sign in. Requesters never get one."""

from starlette.requests import Request
from starlette.responses import Response

from libs.peer.sessions import rules
from libs.peer.sessions.actions import Begun, Browser
from services.api.settings import Settings


def name(settings: Settings) -> str:
    """Return the cookie's name; the `__Host-` prefix needs TLS, which a demonstration on loopback has not."""
    return "__Host-owncall" if settings.is_secure else "owncall_demo"


def read(request: Request, settings: Settings) -> str | None:
    """Return the session's token, or None."""
    return request.cookies.get(name(settings))


def browser(request: Request, settings: Settings) -> Browser:
    """Return what a session is begun with: which browser asks, in our words, and the session that it is in."""
    return Browser(rules.device(request.headers.get("user-agent", "")), read(request, settings))


def put(response: Response, begun: Begun, settings: Settings) -> None:
    """Let the browser keep a session's token for as long as it can last."""
    response.set_cookie(
        name(settings),
        begun.token,
        max_age=int(begun.lives.total_seconds()),
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, settings: Settings) -> None:
    """Let the browser forget it."""
    response.delete_cookie(name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")
