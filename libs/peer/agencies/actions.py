"""What a program manager does about agencies: ask that they take part, rename, suspend, let them take part again.

Nothing here makes a table or a role: that is the registrar's, which takes up what is asked for.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.agencies.errors import AgencyChangedError, OnboardingUnknownError, PsapUnknownError
from libs.peer.agencies.queries import AgencyOfProgram
from libs.peer.agencies.rules import Wanted, of_psap
from libs.peer.registry import catalogue
from libs.peer.registry.rules import Standing
from libs.peer.webhooks import actions as webhooks
from libs.peer.webhooks.models import EventType
from libs.tenancy.planes import ProgramSession

SIGNAL = "onboarding"
"""What rings when there is something to onboard."""

_ASK = text(
    """
    INSERT INTO shared.onboarding (id, region_id, asked_by, fcc_id, slug, name, discipline, state, county, city)
    VALUES (:id, :region_id, :asked_by, :fcc_id, :slug, :name, :discipline, :state, :county, :city)
    ON CONFLICT DO NOTHING
    """
)
_SUPERSEDE = text("DELETE FROM shared.onboarding WHERE slug = :slug AND outcome <> 'waiting'")
_PUT_AWAY = text("DELETE FROM shared.onboarding WHERE id = :id")
_PUT_AWAY_ALL = text("DELETE FROM shared.onboarding WHERE outcome <> 'waiting'")
_CHANGE = text(
    """
    UPDATE shared.agency SET name = :name, status = :status
    WHERE id = :id AND name = :was_name AND status = :was_status
    """
)


async def ask_for_psaps(
    session: ProgramSession, psap_ids: Sequence[int], *, region_id: UUID, by: UUID
) -> tuple[Wanted, ...]:
    """Ask that PSAPs of the catalogue take part; said twice it holds once.

    Args:
        session: the program's own.
        psap_ids: FCC ids, at least one; primary or secondary ones.
        region_id: the session's region.
        by: the program manager's account.

    Raises:
        PsapUnknownError: one of them is not in the catalogue or orphaned; then none is asked for.
    """
    found = await catalogue.by_id(session, psap_ids)
    if len(found) < len(set(psap_ids)) or any(psap.standing is Standing.ORPHANED for psap in found):
        raise PsapUnknownError
    wanted = tuple(of_psap(psap) for psap in found)
    await ask(session, wanted, region_id=region_id, by=by)
    return wanted


async def ask(session: ProgramSession, wanted: Sequence[Wanted], *, region_id: UUID, by: UUID) -> None:
    """Ask that agencies take part: the registrar takes it up within a second or two."""
    for agency in wanted:
        await session.execute(_SUPERSEDE, {"slug": agency.slug})
        values = {name: getattr(agency, name) for name in agency.__slots__}
        await session.execute(_ASK, {"id": uuid4(), "region_id": region_id, "asked_by": by, **values})
    session.signals.update({SIGNAL, f"program:{region_id}"})


async def put_away(session: ProgramSession, onboarding_id: UUID, *, region_id: UUID) -> None:
    """Take one off the list: one that waits is not onboarded any more, unless it is just being made.

    Raises:
        OnboardingUnknownError: it is another region's, or none.
    """
    gone: Any = await session.execute(_PUT_AWAY, {"id": onboarding_id})
    if gone.rowcount == 0:
        raise OnboardingUnknownError
    session.signals.add(f"program:{region_id}")


async def put_all_away(session: ProgramSession, *, region_id: UUID) -> None:
    """Take everything off the list that is decided."""
    await session.execute(_PUT_AWAY_ALL)
    session.signals.add(f"program:{region_id}")


async def change(session: ProgramSession, was: AgencyOfProgram, *, name: str, status: str) -> None:
    """Rename an agency, suspend it, or let it take part again: compare and set.

    Requests that are open go on to their end, whichever it is; nothing here can tell whether there are any.

    Args:
        session: the program's own.
        was: as it was read.
        name: as it shall be called; its address stays.
        status: `active` or `suspended`.

    Raises:
        AgencyChangedError: it is no longer as it was read.
    """
    values = {"id": was.id, "name": name, "status": status, "was_name": was.name, "was_status": was.status}
    changed: Any = await session.execute(_CHANGE, values)
    if changed.rowcount == 0:
        raise AgencyChangedError
    is_suspension = status == "suspended" != was.status
    kind = EventType.AGENCY_SUSPENDED if is_suspension else EventType.AGENCY_CHANGED
    await webhooks.publish(session, kind, was.id)
