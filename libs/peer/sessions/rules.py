"""How long a session lasts, by role, and a proof; and what is kept of the browser that it belongs to."""

from dataclasses import dataclass
from datetime import timedelta

from libs.peer.accounts.models import Role


@dataclass(frozen=True, slots=True)
class Limits:
    """When a session ends by itself.

    Attributes:
        idle: unused for so long. An open live page counts as use: a peer on call waits, and does not click.
        in_all: however much it is used.
    """

    idle: timedelta
    in_all: timedelta


_ON_CALL = Limits(idle=timedelta(hours=12), in_all=timedelta(days=7))
_AT_A_DESK = Limits(idle=timedelta(hours=1), in_all=timedelta(hours=12))
LIMITS: dict[Role, Limits] = {
    Role.PEER: _ON_CALL,
    Role.COORDINATOR: _ON_CALL,
    Role.PROGRAM_MANAGER: _AT_A_DESK,
    Role.PSAP_ADMIN: _AT_A_DESK,
}
"""Source: docs/decisions/0019-doors.md"""

FRESH_FOR = timedelta(minutes=15)
"""For so long a proof counts as just given."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
"""The first that is found counts: Edge calls itself Chrome and Safari, too, and Android is a Linux."""


def device(user_agent: str) -> str:
    """Return which browser on which system, in words of ours such as `Chrome, Android`; "" when neither is known."""
    found = [next((name for mark, name in known if mark in user_agent), None) for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)
