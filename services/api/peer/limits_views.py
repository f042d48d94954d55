"""What the pages about limits show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.intranet.queries import Shown
from libs.peer.matching.rules import Kept
from libs.peer.reaching.queries import Way
from libs.peer.roster.columns import plain
from libs.peer.teams.queries import SameCenter


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team of a peer's: free when nothing keeps them; `kept` as `rules.what_keeps` says it."""

    team: str
    kept: tuple[Kept, ...]
    is_helping: bool


@dataclass(frozen=True, slots=True)
class AwayRow:
    """A time away."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UnratedRow:
    """A conversation that ended and was not rated yet."""

    offer_id: UUID
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class LimitsPage:
    """A peer's own load and limits.

    Attributes:
        open_contacts, accepts: what they carry, of at most `caseload` and `accepts_a_day`.
        cools_until: rest after a heavy conversation; None when there is none.
        fields: the form, by name, as it was said last.
        most: what the region lets them choose at most, by name.
        ways: channels that can be proven; none where only an open page reaches people.
        zone: whose clock the page speaks of.
        has_just_talked: has just logged a conversation without a request, and may say how heavy it was.
        shown: whether they are on the roster that centers show, and with a photo.
        is_no_photo: what was just sent cannot be used as a photo.
    """

    teams: tuple[TeamRow, ...]
    open_contacts: int
    caseload: int
    accepts: int
    accepts_a_day: int
    cools_until: datetime | None
    fields: dict[str, str]
    modalities: tuple[str, ...]
    most: dict[str, int]
    ways: tuple[Way, ...]
    away: tuple[AwayRow, ...]
    unrated: tuple[UnratedRow, ...]
    now: datetime
    zone: str
    notice: str | None
    has_just_talked: bool
    shown: Shown
    is_no_photo: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the region's teams, as a coordinator sees them.

    Attributes:
        is_unreached: on call by own word or by a shift, and not reached by anything.
    """

    name: str
    center: str
    discipline: str
    teams: tuple[TeamRow, ...]
    open_contacts: int
    accepts: int
    is_unreached: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list of people is narrowed to; empty narrows nothing.

    Attributes:
        q: part of a name or of a center's, in any case and spelling of accents.
        free: `yes` for those who can be asked in the chosen team, or in any; `no` for the others.
    """

    q: str = ""
    team: str = ""
    discipline: str = ""
    free: str = ""

    @property
    def is_any(self) -> bool:
        """Whether anything is narrowed."""
        return any((self.q, self.team, self.discipline, self.free))

    def keeps(self, person: PersonRow) -> bool:
        """Say whether somebody is in the list."""
        parts = [part for part in person.teams if self.team in ("", part.team)]
        is_free = any(not part.kept for part in parts)
        return (
            bool(parts)
            and self.discipline in ("", person.discipline)
            and self.free in ("", "yes" if is_free else "no")
            and any(plain(self.q) in plain(text) for text in (person.name, person.center))
        )


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Everybody of the teams, those who can be asked first.

    Attributes:
        people: whom the filter keeps.
        free: how many of all can be asked, whatever the filter says; total: of how many.
        unreached: names of those who think that they are on call, and are reached by nothing.
        same_center: coordinators who work at one and the same agency.
    """

    people: tuple[PersonRow, ...]
    free: int
    total: int
    unreached: tuple[str, ...]
    chosen: Chosen
    same_center: tuple[SameCenter, ...]
    now: datetime
