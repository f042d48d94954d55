"""What every expected failure of the domain is: a kind for the edge, a code for machines, a sentence for people."""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """How the edge answers: each kind is one HTTP status."""

    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REFUSED = "refused"
    INVALID = "invalid"
    STALE = "stale"
    UNCONDITIONAL = "unconditional"
    MALFORMED = "malformed"
    CHANGED = "changed"
    TOO_MANY = "too_many"


class PeerError(Exception):
    """An expected failure.

    Subclasses set `kind` and `code`; the first line of their docstring is the title that people read. `is_kept` means
    that what was written before it was raised stays: the transaction commits all the same. `retry_after_s` says that
    the same request goes through a little later.

    Args:
        detail: what to do about it, in a sentence. Never a name, a number, a receipt or what somebody wrote.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]
    is_kept: ClassVar[bool] = False
    retry_after_s: int | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def errors(self) -> list[dict[str, object]]:
        """Its parts, for machines, where it has several; never what somebody wrote."""
        return []
