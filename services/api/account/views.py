"""What a person is shown of where they are signed in."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.peer.sessions.queries import OpenSession


@dataclass(frozen=True, slots=True)
class SignInRow:
    """A browser that is signed in.

    Attributes:
        device: such as `Chrome, Android`; "" when it is not known.
        used_on: the day of its last use; None when that was within the last hour.
        is_this: whether it is the browser that looks.
    """

    id: UUID
    device: str
    since: date
    used_on: datetime | None
    is_this: bool

    @classmethod
    def of(cls, one: OpenSession, this: UUID) -> "SignInRow":
        """Tell a last use by its day: nobody needs to read at which minute somebody was here."""
        seconds = (one.now - one.last_used_at).total_seconds()
        return cls(
            one.id, one.device, one.signed_in_on, None if seconds < _AN_HOUR_S else one.last_used_at, one.id == this
        )


_AN_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Where somebody is signed in now."""

    name: str
    sign_ins: tuple[SignInRow, ...]
    notice: str | None = None
