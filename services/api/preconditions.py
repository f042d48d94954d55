"""Which state a change is for: what is read with an `ETag` is changed by naming that in `If-Match` (RFC 9110).

    @router.patch("/things/{thing_id}", responses=problems(404, 412, 428))
    async def change_thing(tx: ProgramTx, thing_id: UUID, body: ThingPatch, if_match: IfMatch = None) -> ThingOut:
        was = await queries.thing(tx, thing_id, for_change=True)
        insist(if_match, etag(was.name, was.status), ThingChangedError)

What is compared is locked before it is looked at, or compared once more by the statement that changes it, so that of
two who have read the same one comes second.

Source: docs/decisions/0045-the-edges-of-the-api.md
"""

import hashlib
from typing import Annotated

from fastapi import Header

from libs.peer.errors import Kind, PeerError

IfMatch = Annotated[
    str | None,
    Header(max_length=200, description="The `ETag` that reading it gave, or `*` to change it whatever it is now."),
]
_ANY = "*"


class PreconditionMissingError(PeerError):
    """Say which state of it you change."""

    kind = Kind.UNCONDITIONAL
    code = "if_match_missing"

    def __init__(self) -> None:
        super().__init__("Read it, and send the ETag of the answer as If-Match.")


def etag(*said: object) -> str:
    """Return what changes whenever one of these does.

    Args:
        said: what can be changed, and what is shown of it.
    """
    return f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:24]}"'


def insist(if_match: str | None, now: str, changed: type[PeerError]) -> None:
    """Let a change pass that is for the state as it is.

    Args:
        if_match: what the client sent: one tag or several, or `*`.
        now: the tag of what is there, under a lock.
        changed: what is raised when it is another state.

    Raises:
        PreconditionMissingError: the client does not say.
    """
    if if_match is None:
        raise PreconditionMissingError
    if if_match.strip() != _ANY and now not in {tag.strip() for tag in if_match.split(",")}:
        raise changed
