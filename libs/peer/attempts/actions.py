"""Noting attempts to reach the requester."""

from uuid import UUID, uuid4

from sqlalchemy import text

from libs import jobs
from libs.peer.attempts.models import AttemptKind
from libs.peer.attempts.rules import COUNTED
from libs.peer.callouts import actions as callouts
from libs.peer.callouts.errors import CalloutMovedOnError
from libs.tenancy.planes import DispatchSession

_NOTE = text(
    """
    INSERT INTO shared.contact_attempt (id, callout_id, region_id, epoch, peer_id, kind, made_at)
    SELECT :id, c.id, c.region_id, c.epoch, c.accepted_by, :kind, shared.clock() FROM shared.callout c
    WHERE c.id = :callout_id AND c.accepted_by = :by AND c.state = 'accepted' RETURNING region_id
    """
)


async def note(session: DispatchSession, callout_id: UUID, kind: AttemptKind, *, by: UUID) -> None:
    """Note an attempt of the peer who has a callout.

    The peer's own word is shown to the requester and changes no clock. One that counts moves the clock on.

    Raises:
        CalloutMovedOnError: `by` does not have it, or no longer, or the two talk already.
    """
    values = {"id": uuid4(), "callout_id": callout_id, "kind": kind, "by": by}
    region_id = (await session.execute(_NOTE, values)).scalar_one_or_none()
    if region_id is None:
        raise CalloutMovedOnError
    if kind in COUNTED:
        await jobs.add(
            session, callouts.ADVANCE, region_id=region_id, subject_id=callout_id, cause=f"attempt:{values['id']}"
        )
    session.signals.update({f"callout:{callout_id}", f"peer:{by}"})
