"""What the page about a region's limits shows."""

from dataclasses import dataclass

from libs.peer.limits.rules import Policy
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class DriveFault:
    """A line of drive times that cannot be used, and why: `shape`, `center`, `minutes`, `same` or `twice`."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class RegionLimitsPage:
    """What holds for all peers of a region; `pairs` is the text of the drive times, as stored or as typed."""

    region_name: str
    policy: Policy
    most: Policy
    pairs: str
    centers: tuple[Choice, ...]
    faults: tuple[DriveFault, ...]
    notice: str | None
