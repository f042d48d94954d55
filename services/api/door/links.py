"""Links that let a device in: whom one is made for, and the page that shows it once."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys.queries import Standing
from libs.tenancy.planes import DoorSession
from services.api.settings import Settings


@dataclass(frozen=True, slots=True)
class StandingCard:
    """Somebody whom a link may be made for.

    Attributes:
        key: names them in the form's address.
        place: where they work.
        passkeys: how many work.
        link_until: until when an unused link of theirs works.
        is_by_groups: their groups at work let them in: they get no link.
    """

    key: UUID
    name: str
    place: str
    passkeys: int
    link_until: datetime | None
    is_by_groups: bool = False

    @classmethod
    def of(cls, key: UUID, name: str, place: str, standing: Standing | None) -> "StandingCard":
        """Show somebody, with an account or yet without."""
        if standing is None:
            return cls(key, name, place, 0, None)
        return cls(key, name, place, standing.passkeys, standing.link_until, standing.is_by_groups)


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A link, the only time that it is seen; `kept`: what let them in before still does."""

    name: str
    url: str = field(repr=False)
    until: datetime
    kept: bool
    back: str
    back_name: str


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link and until when it works."""

    url: str = field(repr=False)
    until: datetime


async def make(session: DoorSession, settings: Settings, account_id: UUID, *, keep: bool) -> MadeLink:
    """Make somebody a link; what that ends, `passkeys.make_link` says."""
    made = await passkeys.make_link(session, account_id, keep=keep)
    return MadeLink(address(settings, made.token), made.until)


def address(settings: Settings, token: str) -> str:
    """Return what a link's holder opens; the token is behind the #, which no server sees."""
    return f"{settings.public_url}/enroll#{token}"
