"""What asks for a proof that the person is there now: signing others in, and changing how one signs in oneself.

Answering an offer does not: a peer at 4 a.m. says yes first. What a request says will ask for it once it is sealed.
"""

from typing import Annotated

from fastapi import Depends

from libs.peer.sessions import queries as sessions
from libs.peer.sessions.errors import ProveAgainError
from services.api.deps import Me, Wired

_AFTER = (
    *("/coordinator/people/access", "/program/admins", "/program/keys", "/sign-on"),
    *("/desk/directory", "/account"),
)


async def is_fresh(me: Me, wired: Wired) -> bool:
    """Say whether the person has proved to be there within the last minutes."""
    async with wired.planes.door() as door:
        return await sessions.is_fresh(door, me.sign_in_id, is_demo=wired.settings.demo)


async def insist(is_it: Annotated[bool, Depends(is_fresh)]) -> None:
    """Go on for whoever has just proved to be there.

    Raises:
        ProveAgainError: the last proof is older.
    """
    if not is_it:
        raise ProveAgainError("Show your passkey, then do it again.")


def after_proof(path: str) -> str:
    """Return the page of ours to go on with, for somebody who stood at `path`; never another site's."""
    return next((page for page in _AFTER if path == page or path.startswith(f"{page}/")), "/account")


IsFresh = Annotated[bool, Depends(is_fresh)]
Fresh = Depends(insist)
