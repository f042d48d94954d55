"""What holds for every answer: headers, a request id, and the check of where a change comes from."""

import secrets
import time
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

import sentry_sdk
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


OnBug = Callable[[Request], ASGIApp]
"""Makes the answer to a bug."""


class EdgeMiddleware:
    """Adds the headers, refuses changes that another site asked for, and logs route, status and seconds."""

    def __init__(self, app: ASGIApp, *, is_secure: bool, on_bug: OnBug) -> None:
        self._app = app
        self._is_secure = is_secure
        self._on_bug = on_bug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, started, status = secrets.token_hex(8), time.monotonic(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                self._complete(MutableHeaders(scope=message), request_id)
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id
        if scope["method"] not in _SAFE and not _is_own(Headers(scope=scope)):
            refusal = PlainTextResponse("This came from another site. Open the page here and try again.", 403)
            await refusal(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the API's runner: everything unexpected ends here
            log.error("bug", error=type(error).__name__, where=_where(error), request_id=request_id)
            sentry_sdk.capture_exception(error)
            if status == 0:
                await self._on_bug(Request(scope))(scope, receive, send_with_headers)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            seconds = round(time.monotonic() - started, 4)
            log.info(
                "answered",
                request_id=request_id,
                route=route,
                method=scope["method"],
                status=status,
                seconds=seconds,
            )

    def _complete(self, headers: MutableHeaders, request_id: str) -> None:
        for key, value in _HEADERS.items():
            headers.setdefault(key, value)
        headers.setdefault("cache-control", "no-store")
        headers["request-id"] = request_id
        if self._is_secure:
            headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"


def _is_own(headers: Headers) -> bool:
    """Say whether a change was asked for by our own page, or by no browser at all.

    Browsers send Sec-Fetch-Site; older ones Origin, which must then name the host that was called.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
