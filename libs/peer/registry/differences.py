"""What next month's file says otherwise than the catalogue. Plain values in, plain values out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from libs.peer.registry.rules import Psap, Standing


class Difference(StrEnum):
    """In how many ways a PSAP can differ from last month; one may differ in several."""

    NEW = "new"
    GONE = "gone"
    RENAMED = "renamed"
    MOVED = "moved"
    ORPHANED = "orphaned"
    BACK_IN_SERVICE = "back_in_service"
    NOW_SECONDARY = "now_secondary"
    NOW_PRIMARY = "now_primary"


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue says of a PSAP, as far as differences go."""

    psap_id: int
    name: str
    state: str
    county: str
    city: str
    standing: Standing

    @property
    def place(self) -> str:
        """City, county and state as people write them; what is empty is left out."""
        return ", ".join(part for part in (self.city, self.county, self.state) if part)

    @classmethod
    def of(cls, psap: Psap) -> "Known":
        """Return the part of a reading's entry that counts here."""
        return cls(psap.psap_id, psap.name, psap.state, psap.county, psap.city, psap.standing)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of one PSAP.

    Attributes:
        name: as it is called now; as it was called, for one that is gone.
        was: the former name, place or standing; empty for a new one.
        becomes: the name, place or standing now; empty for one that is gone.
    """

    psap_id: int
    kind: Difference
    name: str
    state: str
    was: str
    becomes: str


def compare(before: Mapping[int, Known], after: Iterable[Known]) -> tuple[Change, ...]:
    """Say what differs, by kind and PSAP id.

    Nothing is said where there was no catalogue before: everything would be new. Case and blanks of names and
    places do not count.

    Args:
        before: the catalogue that is there, by PSAP id; may be empty.
        after: the one that is to come, an id once.
    """
    if not before:
        return ()
    coming = {psap.psap_id: psap for psap in after}
    changes: list[Change] = []
    for psap_id, now in coming.items():
        was = before.get(psap_id)
        changes += [_change(now, Difference.NEW, "", now.place)] if was is None else _differences(was, now)
    gone = [before[psap_id] for psap_id in before.keys() - coming.keys()]
    changes += [_change(psap, Difference.GONE, psap.place, "") for psap in gone]
    order = list(Difference)
    return tuple(sorted(changes, key=lambda change: (order.index(change.kind), change.psap_id)))


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """Return how many there are of each kind, every kind named."""
    found = Counter(change.kind for change in changes)
    return {kind.value: found[kind] for kind in Difference}


def _differences(was: Known, now: Known) -> list[Change]:
    changes = []
    if _plain(was.name) != _plain(now.name):
        changes.append(_change(now, Difference.RENAMED, was.name, now.name))
    if _plain(was.place) != _plain(now.place):
        changes.append(_change(now, Difference.MOVED, was.place, now.place))
    if was.standing is not now.standing:
        changes.append(_change(now, _turn(was.standing, now.standing), was.standing.value, now.standing.value))
    return changes


def _turn(was: Standing, now: Standing) -> Difference:
    if now is Standing.ORPHANED:
        return Difference.ORPHANED
    if was is Standing.ORPHANED:
        return Difference.BACK_IN_SERVICE
    return Difference.NOW_SECONDARY if now is Standing.SECONDARY else Difference.NOW_PRIMARY


def _change(psap: Known, kind: Difference, was: str, becomes: str) -> Change:
    return Change(psap.psap_id, kind, psap.name, psap.state, was, becomes)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
