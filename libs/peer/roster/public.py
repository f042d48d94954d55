"""The roster as a center's intranet shows it: who the peers are, and who is on duty by the schedule.

No number, no mail. It says the regional teams' schedule and nothing else: not who is reached, talks to somebody, or has
said that they are away. When a center's own people answer for it is not for that center's walls. Who does not want to
be shown is not on it.

Source: domain, "Roster on the console's intranet"; docs/decisions/0039-the-roster-on-an-intranet.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import IntranetSession, ProgramSession


@dataclass(frozen=True, slots=True)
class Shown:
    """A peer as everybody at a console may see one."""

    id: UUID
    name: str
    agency_id: UUID
    discipline: str
    languages: Sequence[str]
    is_on_duty: bool
    has_photo: bool


_SHOWN = text(
    """
    SELECT id, name, agency_id, discipline, languages, is_on_duty, photo IS NOT NULL
    FROM shared.shown_peer WHERE region_id = :region_id AND (name, id) > (:name, CAST(:id AS uuid))
    ORDER BY name, id LIMIT :limit
    """
)
_PHOTO = text("SELECT photo FROM shared.shown_peer WHERE region_id = :region_id AND id = :id")
_NOW = text("SELECT shared.clock()")
_BEFORE_ALL = ("", UUID(int=0))

Session = ProgramSession | IntranetSession
"""Both read the one view; it shows the program's plane its own region, and intranets those that have set from where."""


async def page(
    session: Session, region_id: UUID, *, limit: int, after: tuple[str, UUID] | None = None
) -> Sequence[Shown]:
    """Return a region's current peers by name, `limit` at most, from behind `after` on."""
    name, last = after or _BEFORE_ALL
    values = {"region_id": region_id, "name": name, "id": last, "limit": limit}
    return [Shown(*row) for row in await session.execute(_SHOWN, values)]


async def photo(session: Session, region_id: UUID, member_id: UUID) -> bytes | None:
    """Return the photo of a peer who is shown, as JPEG; None when there is none, or nobody such."""
    row = (await session.execute(_PHOTO, {"region_id": region_id, "id": member_id})).one_or_none()
    return None if row is None else row.photo


async def now(session: Session) -> datetime:
    """Return the moment of which it speaks."""
    found: datetime = (await session.execute(_NOW)).scalar_one()
    return found
