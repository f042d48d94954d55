"""What a person is shown of where they are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.peer.passkeys import rules
from libs.peer.passkeys.queries import MyPasskey, Told
from libs.peer.sessions.queries import OpenSession

_AN_HOUR_S = 3600


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
        is_recent = (one.now - one.last_used_at).total_seconds() < _AN_HOUR_S
        return cls(one.id, one.device, one.signed_in_on, None if is_recent else one.last_used_at, one.id == this)


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey; `is_last`: no other one works."""

    id: UUID
    name: str
    added_on: date
    last_used_on: date | None
    doubted_on: date | None
    is_last: bool

    @classmethod
    def of(cls, one: MyPasskey, mine: Sequence[MyPasskey]) -> "PasskeyRow":
        """Look at it among the others."""
        is_last = not rules.work_without(mine, one.id)
        return cls(one.id, one.name, one.added_on, one.last_used_on, one.doubted_on, is_last)


@dataclass(frozen=True, slots=True)
class AccountPage:
    """How somebody signs in, and where they are signed in now.

    Attributes:
        news: what happened to how they sign in and they have not seen yet.
        without_admin: (day, name) of centers whose last admin left, for whoever answers for them.
        webhooks_off: days on which an address of an integrator's system was switched off, for the managers.
        is_fresh: whether they have just shown a passkey, and may add and remove some.
        by_groups: their groups at work let them in: no passkey may outlive that.
        goes_on: whether they have just come in and want to go on.
    """

    news: tuple[Told, ...]
    without_admin: tuple[tuple[date, str], ...]
    webhooks_off: tuple[date, ...]
    passkeys: tuple[PasskeyRow, ...]
    sign_ins: tuple[SignInRow, ...]
    is_fresh: bool
    by_groups: bool
    goes_on: bool
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class ProvePage:
    """Where to go on after a proof.

    Attributes:
        has_passkeys: a passkey can be shown.
        signs_on: an account at work can.
    """

    next: str
    has_passkeys: bool
    signs_on: bool
