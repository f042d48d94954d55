"""What holds for every answer: headers, a request id, and the check of where a change comes from."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog
from opentelemetry.trace import Span
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.telemetry import errors, metrics, traces
from services.api import deprecation
from services.api.rates import RATE_HEADERS

log = structlog.get_logger()

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
"""Of any other only that it is another: a caller may put words into it."""


def content_policy(frame_ancestors: str = "'none'") -> str:
    """Return the content security policy of a page; nobody may frame it, but for whom it names.

    A text becomes elements or a script in one place alone, `static/live.js`, by the one policy that is named here.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types owncall-live; "
        f"frame-ancestors {frame_ancestors}"
    )


_HEADERS = {
    "content-security-policy": content_policy(),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


Answering = Callable[[Request], ASGIApp]
"""Makes the answer to a bug, to a body that is too large, or to what another site asked for."""
_TOO_LARGE = 413


class _Call:
    """What is told of one call: status and times, nothing of what it carried."""

    def __init__(self, scope: Scope) -> None:
        self.request_id = secrets.token_hex(8)
        self.status = 0
        self._scope = scope
        self._started_s = time.monotonic()
        self._begun_s: float | None = None

    def begin_answer(self, status: int) -> None:
        """The answer begins; a live page goes on for long after."""
        self.status = status
        self._begun_s = time.monotonic()

    def tell(self, span: Span) -> None:
        """Write log, metrics and trace: the route's template, never the path."""
        route = str(getattr(self._scope.get("route"), "path", "unknown"))
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        seconds = round(time.monotonic() - self._started_s, 4)
        log.info(
            "answered", request_id=self.request_id, route=route, method=method, status=self.status, seconds=seconds
        )
        begun_after_s = None if self._begun_s is None else self._begun_s - self._started_s
        metrics.answered(route=route, method=method, status=self.status, seconds=begun_after_s)
        traces.answered(span, route=route, method=method, status=self.status)


class EdgeMiddleware:
    """Adds the headers, refuses changes that another site asked for, and tells route, status and seconds."""

    def __init__(
        self, app: ASGIApp, *, is_secure: bool, on_bug: Answering, on_too_large: Answering, on_another_site: Answering
    ) -> None:
        self._app = app
        self._is_secure = is_secure
        self._on_bug = on_bug
        self._on_too_large = on_too_large
        self._on_another_site = on_another_site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope)
        scope.setdefault("state", {})["request_id"] = call.request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                call.begin_answer(int(message["status"]))
                self._complete(MutableHeaders(scope=message), scope)
            await send(message)

        with traces.request() as span:
            try:
                await self._answer(scope, receive, send_with_headers, call)
            finally:
                call.tell(span)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, call: _Call) -> None:
        if scope["method"] not in _SAFE and not _is_own(Headers(scope=scope)):
            await self._on_another_site(Request(scope))(scope, receive, send)
            return
        try:
            await self._app(scope, receive, self._in_our_words(scope, receive, send))
        except Exception as error:  # noqa: BLE001 - the API's runner: everything unexpected ends here
            log.error("bug", error=type(error).__name__, where=errors.place(error), request_id=call.request_id)
            errors.report(error)
            if call.status == 0:
                await self._on_bug(Request(scope))(scope, receive, send)

    def _in_our_words(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """Say in our own words that a body is too large: Starlette's limit answers by itself, in two plain ones."""
        is_replaced = False

        async def say(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == _TOO_LARGE:
                is_replaced = True
                await self._on_too_large(Request(scope))(scope, receive, send)
            elif not is_replaced:
                await send(message)

        return say

    def _complete(self, headers: MutableHeaders, scope: Scope) -> None:
        state: Mapping[str, Any] = scope["state"]
        for key, value in _HEADERS.items():
            headers.setdefault(key, value)
        headers.setdefault("cache-control", "no-store")
        headers["request-id"] = state["request_id"]
        for key, value in state.get(RATE_HEADERS, {}).items():
            headers[key] = value
        for key, value in deprecation.headers(scope.get("route")):
            headers.append(key, value)
        if self._is_secure:
            headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"


def _is_own(headers: Headers) -> bool:
    """Say whether a change was asked for by our own page, or by no browser at all.

    Browsers send Sec-Fetch-Site. Older ones send Origin, which must then name the host that was called; but with
    our `no-referrer` they send "null", and a requester has no cookie that another site could use: where no cookie
    came along there is nothing to guard, and asking for help is never refused.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or "cookie" not in headers or urlsplit(origin).netloc == headers.get("host")
