"""Expected failures when a hard call is reported."""

from collections.abc import Sequence

from libs.peer.errors import Kind, PeerError

_TOLD_OF = 20


class EidoUnreadableError(PeerError):
    """This is no JSON that can be read."""

    kind = Kind.MALFORMED
    code = "eido_unreadable"

    def __init__(self) -> None:
        super().__init__("Send one EIDO as JSON in UTF-8, nested at most 200 deep.")


class EidoUnsoundError(PeerError):
    """This is no EIDO."""

    kind = Kind.INVALID
    code = "eido_unsound"

    def __init__(self, parts: Sequence[tuple[str, str]]) -> None:
        super().__init__("It needs `$id`, and its parts as NENA-STA-021.1b has them. `errors` names those that differ.")
        self._parts = tuple(parts[:_TOLD_OF])

    @property
    def errors(self) -> list[dict[str, object]]:
        """Which parts, by JSON Pointer."""
        return [{"pointer": pointer, "code": code} for pointer, code in self._parts]


class HardCallsUnsoundError(PeerError):
    """Some lines of this file cannot be used."""

    kind = Kind.INVALID
    code = "hard_calls_unsound"

    def __init__(self, lines: Sequence[tuple[int, str]], detail: str = "") -> None:
        super().__init__(detail or "Nothing was done. `errors` names each line and column; the first line is 1.")
        self._lines = tuple(lines[:_TOLD_OF])

    @property
    def errors(self) -> list[dict[str, object]]:
        """Which lines, and which column of each."""
        return [{"line": line, "column": column} for line, column in self._lines]


class StationUnknownError(PeerError):
    """There is no such workstation."""

    kind = Kind.NOT_FOUND
    code = "station_unknown"


class StationTakenError(PeerError):
    """This workstation has a page already."""

    kind = Kind.CONFLICT
    code = "station_taken"

    def __init__(self) -> None:
        super().__init__("Remove its page first, or go on using it.")
