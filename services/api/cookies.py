"""Two cookies, for people who sign in: a session's token, and for ten minutes what binds an attempt to the browser.

Requesters never get one.
"""

from starlette.requests import Request
from starlette.responses import Response

from libs.peer.sessions import rules
from libs.peer.sessions.actions import Begun, Browser
from libs.peer.sso.rules import ATTEMPT_LIVES
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


def read_trip(request: Request, settings: Settings) -> str:
    """Return what binds an attempt with a provider to this browser; "" when nothing does."""
    return request.cookies.get(_trip_name(settings), "")


def put_trip(response: Response, secret: str, settings: Settings) -> None:
    """Let the browser keep it while an attempt lives. Lax: it comes along when the provider sends the browser back."""
    response.set_cookie(
        _trip_name(settings),
        secret,
        max_age=int(ATTEMPT_LIVES.total_seconds()),
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def drop_trip(response: Response, settings: Settings) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_trip_name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")


def _trip_name(settings: Settings) -> str:
    return "__Host-owncall-trip" if settings.is_secure else "owncall_demo_trip"
