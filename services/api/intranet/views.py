"""What the pages about the roster without login show."""

from dataclasses import dataclass
from datetime import datetime

from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A peer as everybody at a console may see one; `photo` is its address, None where initials stand."""

    name: str
    initials: str
    photo: str | None
    center: str
    discipline: str
    languages: tuple[str, ...]
    is_on_duty: bool


@dataclass(frozen=True, slots=True)
class ShownRosterPage:
    """Who the peers of a region are: on duty by the schedule, and everybody else."""

    region_name: str
    region_slug: str
    on_duty: tuple[ShownRow, ...]
    others: tuple[ShownRow, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class PlaceFault:
    """A line that cannot be used, and why: `shape`, `center`, `network`, `wide`, `origin` or `many`."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class IntranetPage:
    """From where the roster is seen; `lines` is the text, as stored or as typed; `here` the roster's own address."""

    region_name: str
    here: str
    region_slug: str
    lines: str
    centers: tuple[Choice, ...]
    faults: tuple[PlaceFault, ...]
    notice: str | None
