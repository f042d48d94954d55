"""The one cookie: a session's token, for people who sign in. Requesters never get one."""

from starlette.requests import Request
from starlette.responses import Response

from libs.peer.accounts.rules import SIGN_IN_LIVES
from services.api.settings import Settings


def name(settings: Settings) -> str:
    """Return the cookie's name; the `__Host-` prefix needs TLS, which a demonstration on loopback has not."""
    return "__Host-owncall" if settings.is_secure else "owncall_demo"


def read(request: Request, settings: Settings) -> str | None:
    """Return the session's token, or None."""
    return request.cookies.get(name(settings))


def put(response: Response, token: str, settings: Settings) -> None:
    """Let the browser keep a session's token until the shift ends."""
    response.set_cookie(
        name(settings),
        token,
        max_age=int(SIGN_IN_LIVES.total_seconds()),
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, settings: Settings) -> None:
    """Let the browser forget it."""
    response.delete_cookie(name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")
