"""What asks for a proof that the person is there now: signing others in, and changing how one signs in oneself."""

from typing import Annotated

from fastapi import Depends

from libs.peer.sessions import queries as sessions
from libs.peer.sessions.errors import ProveAgainError
from services.api.deps import Me, Wired


async def is_fresh(me: Me, wired: Wired) -> bool:
    """Say whether the person has proved to be there within the last minutes."""
    async with wired.planes.door() as door:
        return await sessions.is_fresh(door, me.sign_in_id)


async def insist(is_it: Annotated[bool, Depends(is_fresh)]) -> None:
    """Go on for whoever has just proved to be there.

    Raises:
        ProveAgainError: the last proof is older.
    """
    if not is_it:
        raise ProveAgainError("Show your passkey, then do it again.")


IsFresh = Annotated[bool, Depends(is_fresh)]
Fresh = Depends(insist)
