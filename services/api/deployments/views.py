"""What the pages about deployments show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.peer.deployments.cards import Card
from libs.peer.deployments.models import Kind, SlotRole
from libs.peer.deployments.queries import Invited, Mine, Summary, TeamSlot
from libs.peer.deployments.rules import Window
from libs.peer.incidents.models import IncidentType, Involved
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class Row:
    """A deployment with the name of the agency that it goes to."""

    one: Summary
    agency_name: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The region's deployments, newest first; `next_url` is None on the last page."""

    region_name: str
    rows: tuple[Row, ...]
    next_url: str | None = None


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The form that opens an incident.

    Attributes:
        action: where it is sent to.
        back: where whoever changes their mind goes.
        agencies: to choose from; empty where it can only be the own one.
        given: by field; what was typed stays.
        wrong: names of fields; `time` for a moment that cannot be right.
    """

    title_place: str
    action: str
    back: str
    agencies: tuple[Choice, ...]
    zones: tuple[str, ...]
    given: dict[str, str]
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is proposed or asked, with the center they work at."""

    one: Invited
    center: str


@dataclass(frozen=True, slots=True)
class OnePage:
    """One deployment for those who lead it.

    Attributes:
        asked: proposed, asked, reserves and those who said no; whoever is on the team is in `team`.
        people: the roster, to ask somebody by name.
        why: the written reasons, by member.
        starts_at: its local time as a form holds it.
        ask_url: where those who were there can ask for somebody of their own; cards_path: cards with it, to print.
    """

    row: Row
    team: tuple[TeamSlot, ...]
    asked: tuple[Asked, ...]
    people: tuple[Choice, ...]
    open_roles: tuple[SlotRole, ...]
    warnings: tuple[str, ...]
    window: Window
    why: dict[UUID, str]
    starts_at: str
    another_id: str
    ask_url: str
    cards_path: str

    @property
    def proposed(self) -> tuple[Asked, ...]:
        """Those who are proposed and not asked yet."""
        return tuple(each for each in self.asked if each.one.state == "proposed")


@dataclass(frozen=True, slots=True)
class CardRow:
    """A run card of one type and size; `is_own` when the region wrote it."""

    incident_type: IncidentType
    involved: Involved
    card: Card
    is_own: bool


@dataclass(frozen=True, slots=True)
class CardsPage:
    """Run cards and windows of the region."""

    region_name: str
    cards: tuple[CardRow, ...]
    windows: tuple[tuple[Kind, Window], ...]
    is_wrong: bool = False
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """A team that comes to the own agency: whom to let in."""

    one: Summary
    team: tuple[TeamSlot, ...]


@dataclass(frozen=True, slots=True)
class DeskIncidentsPage:
    """What an agency sees of its incidents and the teams that come.

    Attributes:
        fresh: (type, when, time zone) of incidents that were opened a moment ago.
        ask_url: where its people can ask for somebody of their own; cards_path: cards with it, to print.
    """

    agency_name: str
    coming: tuple[Coming, ...]
    fresh: tuple[tuple[str, datetime, str], ...]
    ask_url: str
    cards_path: str


@dataclass(frozen=True, slots=True)
class MineCard:
    """An invitation or a team, with the name of the center that it goes to, and cards to take along."""

    one: Mine
    agency_name: str
    cards_path: str
    seconds_left: int


@dataclass(frozen=True, slots=True)
class MinePage:
    """A peer's invitations and teams."""

    cards: tuple[MineCard, ...]
