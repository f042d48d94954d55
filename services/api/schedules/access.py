"""Who plans which team: its coordinators and deputies; the program manager every one. All in the program plane."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from libs.peer.accounts.models import Role
from libs.peer.shifts import listing
from libs.peer.shifts.errors import ScheduleUnknown
from libs.peer.shifts.listing import TeamName
from libs.tenancy.planes import ProgramSession
from services.api.deps import Me


def planner(caller: Me) -> UUID | None:
    """Return the member who plans; None is the program manager."""
    return None if caller.role is Role.PROGRAM_MANAGER else caller.member_id or UUID(int=0)


Planner = Annotated[UUID | None, Depends(planner)]


async def team(tx: ProgramSession, team_id: UUID, by: UUID | None) -> TeamName:
    """Return a team that the caller plans for.

    Raises:
        ScheduleUnknown: there is none, or none of theirs.
    """
    for found in await listing.teams(tx, by, planning=True):
        if found.id == team_id:
            return found
    raise ScheduleUnknown
