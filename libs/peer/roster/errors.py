"""What can be wrong with a roster file as a whole, or with what is asked of the roster."""

from collections.abc import Sequence

from libs.peer.errors import Kind, PeerError
from libs.peer.roster.faults import Fault


class NotARoster(PeerError):
    """This file cannot be read as a roster."""

    kind = Kind.INVALID
    code = "not_a_roster"


class RosterFaulty(PeerError):
    """Some lines of the roster cannot be used, so nothing was imported.

    Args:
        faults: every problem, at least one.
    """

    kind = Kind.INVALID
    code = "roster_faulty"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("Correct the lines that are named and import the file again.")
        self.faults = tuple(faults)

    @property
    def errors(self) -> list[dict[str, object]]:
        """Every problem with line, column, what was found and the fix."""
        return [fault.as_json() for fault in self.faults]


class RosterMovedOn(PeerError):
    """The roster or the file has changed since the preview."""

    kind = Kind.CONFLICT
    code = "roster_moved_on"

    def __init__(self) -> None:
        super().__init__("Nothing was imported. Look at the preview again.")


class MemberUnknown(PeerError):
    """There is no such member."""

    kind = Kind.NOT_FOUND
    code = "member_unknown"
