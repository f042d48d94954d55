"""The roster as a center's intranet shows it: who the peers are, and who is on duty by the schedule.

No number, no mail. It says the schedule and nothing else: not who is reached, talks to somebody, or has said that they
are away. Who does not want to be shown is not on it.
Source: domain, "Roster on the console's intranet"; docs/decisions/0039-the-roster-on-an-intranet.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import ProgramSession


@dataclass(frozen=True, slots=True)
class Shown:
    """A peer as everybody at a console may see one."""

    id: UUID
    name: str
    agency_id: UUID
    discipline: str
    languages: Sequence[str]
    is_on_duty: bool


_SHOWN = text(
    """
    SELECT m.id, m.name, m.agency_id, m.discipline, m.languages,
        EXISTS (SELECT FROM shared.duty d WHERE d.peer_id = m.id
            AND d.starts_at <= shared.clock() AND d.ends_at > shared.clock()) AS is_on_duty
    FROM shared.member m
    WHERE m.suspended_on IS NULL AND NOT EXISTS (SELECT FROM shared.not_shown n WHERE n.member_id = m.id)
        AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.designated_on IS NOT NULL
            AND s.designated_on <= CAST(shared.clock() AS date)
            AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AS date)))
        AND (m.name, m.id) > (:name, CAST(:id AS uuid))
    ORDER BY m.name, m.id LIMIT :limit
    """
)
_NOW = text("SELECT shared.clock()")
_BEFORE_ALL = ("", UUID(int=0))


async def page(session: ProgramSession, *, limit: int, after: tuple[str, UUID] | None = None) -> Sequence[Shown]:
    """Return current peers by name, `limit` at most, from behind `after` on."""
    name, last = after or _BEFORE_ALL
    return [Shown(*row) for row in await session.execute(_SHOWN, {"name": name, "id": last, "limit": limit})]


async def now(session: ProgramSession) -> datetime:
    """Return the moment of which it speaks."""
    found: datetime = (await session.execute(_NOW)).scalar_one()
    return found
