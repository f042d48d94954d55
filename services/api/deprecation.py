"""What is on its way out says so a year ahead, in the document and with each answer.

    @router.get("/old", deprecated=True, openapi_extra=deprecation.mark(since=date(2027, 1, 4), until=date(2028, 2, 1)))

Answers carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to where it is explained. It may be removed on
the day that `Sunset` names, no sooner: `contract/breaking.py` lets it go then.

Source: docs/decisions/0045-the-edges-of-the-api.md
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from fastapi.routing import APIRoute

SINCE, UNTIL = "x-deprecated-since", "x-sunset"
AT_LEAST = timedelta(days=365)
_EXPLAINED = '</developers#versions>; rel="deprecation"; type="text/html"'


def mark(*, since: date, until: date) -> dict[str, str]:
    """Return what a route's `openapi_extra` says of its end.

    Args:
        since: from which day on nobody should begin to use it.
        until: the day on which it may be gone, at its first minute (UTC).

    Raises:
        ValueError: that is less than a year.
    """
    if until - since < AT_LEAST:
        raise ValueError("what is to go is announced a year ahead at the least")
    return {SINCE: since.isoformat(), UNTIL: until.isoformat()}


def headers(route: object) -> list[tuple[str, str]]:
    """Return what an answer of this route says of its end; nothing for one that stays."""
    marked = _marked(route)
    if UNTIL not in marked:
        return []
    since, until = (datetime.combine(date.fromisoformat(marked[key]), time(), UTC) for key in (SINCE, UNTIL))
    return [
        ("deprecation", f"@{int(since.timestamp())}"),
        ("sunset", format_datetime(until, usegmt=True)),
        ("link", _EXPLAINED),
    ]


def unsaid(routes: Iterable[APIRoute]) -> list[str]:
    """Return the routes that are called deprecated without their days, or have days and are not called so."""
    return [route.name for route in routes if bool(route.deprecated) != (UNTIL in _marked(route))]


def _marked(route: object) -> dict[str, Any]:
    found: dict[str, Any] | None = getattr(route, "openapi_extra", None)
    return found or {}
