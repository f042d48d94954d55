"""What the page of a center's directory shows."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from libs.peer.provisioning import rules
from libs.peer.provisioning.people import Person
from libs.peer.provisioning.tokens import Token


@dataclass(frozen=True, slots=True)
class AdminRow:
    """An admin by the directory; `is_me`: whoever reads; `is_in_use`: somebody comes in by that name."""

    id: UUID
    name: str
    is_me: bool
    is_in_use: bool

    @classmethod
    def of(cls, person: Person, mine: UUID | None, in_use: Collection[UUID]) -> Self:
        """Look at it as whoever reads."""
        name = rules.name_of(person.named.user_name, person.named.display_name)
        return cls(person.id, name, person.id == mine, person.id in in_use)


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """A center's directory.

    Attributes:
        base_url: what the directory is given beside a token.
        head_count: how many people it calls active.
        is_fresh: whether tokens may be made and ended now.
        new_token: the one that was just made, the only time it is shown.
        may_claim: whether the reader could still be handed over to the directory.
        notice: what was just done.
    """

    agency_name: str
    base_url: str
    tokens: tuple[Token, ...]
    admins: tuple[AdminRow, ...]
    head_count: int
    is_fresh: bool
    may_claim: bool
    new_token: str | None = None
    notice: str = ""
