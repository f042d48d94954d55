"""Error reports to Sentry, when a DSN is set: types and places, never values."""

import traceback
from types import TracebackType
from typing import Any

import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

_KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "server_name", "exception")
_OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app")


def configure(dsn: str | None, *, service: str, transport: Transport | None = None) -> None:
    """Start reporting unexpected errors.

    Args:
        dsn: where to; None or empty means nowhere.
        service: `api` or `worker`.
        transport: takes the reports instead of the network, for tests.
    """
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        # `send_default_pii` stays unset, which is False, as naming it warns now.
        # Integrations collect requests, queries and job arguments by themselves: we report by hand alone.
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
        max_request_body_size="never",
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        server_name=service,
        before_send=only_types_and_places,
        before_send_transaction=lambda _event, _hint: None,
    )


def report(error: BaseException) -> None:
    """Report something that nobody expected; nowhere when no DSN is set."""
    sentry_sdk.capture_exception(error)


def place(error: BaseException) -> str:
    """Return where an error was raised, as `file.py:12`; empty when it never was."""
    return place_of(error.__traceback__)


def place_of(trace: TracebackType | None) -> str:
    """Return the innermost place of a traceback, as `file.py:12`; empty when there is none."""
    frames = traceback.extract_tb(trace)
    return f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""


def only_types_and_places(event: Event, _hint: Hint) -> Event:
    """Keep the class of each exception and its stack; drop its message, request, user, extra and tags."""
    kept: Any = {key: event[key] for key in _KEPT if key in event}  # type: ignore[literal-required]  # a TypedDict by variable
    if "exception" in kept:
        kept["exception"] = {"values": [_bare(value) for value in kept["exception"].get("values", ())]}
    return kept  # type: ignore[no-any-return]  # built from an Event


def _bare(value: dict[str, Any]) -> dict[str, Any]:
    bare: dict[str, Any] = {key: value[key] for key in ("type", "module") if key in value}
    frames = (value.get("stacktrace") or {}).get("frames", ())
    bare["stacktrace"] = {"frames": [{key: frame[key] for key in _OF_A_FRAME if key in frame} for frame in frames]}
    return bare
