"""Which members a list shows."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from libs.peer.roster.columns import plain
from libs.peer.teams import rules
from libs.peer.teams.models import TeamKind
from libs.peer.teams.queries import MemberOfProgram


class Currency(StrEnum):
    """How things stand with a member."""

    CURRENT = "current"
    NOT_CURRENT = "not_current"
    LAPSES_SOON = "lapses_soon"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None and empty narrow nothing.

    Attributes:
        text: part of a name, e-mail, number or roster key, in any case and spelling of accents.
    """

    text: str = ""
    team: TeamKind | None = None
    agency_id: UUID | None = None
    currency: Currency | None = None

    def keeps(self, member: MemberOfProgram) -> bool:
        """Say whether a member is in the list."""
        return (
            (self.team is None or any(part.team == self.team for part in member.parts))
            and (self.agency_id is None or member.agency_id == self.agency_id)
            and (self.currency is None or self.currency in currency(member))
            and self._has_text(member)
        )

    def _has_text(self, member: MemberOfProgram) -> bool:
        wanted = plain(self.text)
        texts = (member.name, member.email, member.phone, member.duty_phone, member.member_key or "")
        return not wanted or any(wanted in plain(text) for text in texts)


def currency(member: MemberOfProgram) -> frozenset[Currency]:
    """Say how things stand with a member: current in all of their teams or not, and what is about to change."""
    found = {Currency.CURRENT if not member.missing else Currency.NOT_CURRENT}
    if rules.lapses_soon(member.lapses_on, member.today):
        found.add(Currency.LAPSES_SOON)
    if member.suspended_on is not None:
        found.add(Currency.SUSPENDED)
    return frozenset(found)


def order(member: MemberOfProgram) -> tuple[str, str]:
    """Return what lists are sorted by: the name, then the id."""
    return plain(member.name), str(member.id)
