"""Error reports to Sentry, when a DSN is set: types and places, never values."""

from typing import Any

import sentry_sdk
from sentry_sdk.types import Event, Hint

_KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "server_name", "exception")


def configure(dsn: str | None, *, service: str) -> None:
    """Start reporting unexpected errors.

    Args:
        dsn: where to; None or empty means nowhere.
        service: `api` or `worker`.
    """
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        server_name=service,
        before_send=only_types_and_places,
    )


def only_types_and_places(event: Event, _hint: Hint) -> Event:
    """Keep the class of each exception and its stack; drop its message, request, user, extra and tags."""
    kept: Any = {key: event[key] for key in _KEPT if key in event}  # type: ignore[literal-required]  # a TypedDict by variable
    for value in kept.get("exception", {}).get("values", ()):
        value.pop("value", None)
    return kept  # type: ignore[no-any-return]  # built from an Event
