"""Changing paging policies: by the next version, never in place."""

from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.events import actions as events
from libs.peer.policies.errors import PolicyChangedError
from libs.peer.policies.models import Policy
from libs.tenancy.planes import ProgramSession

_CHANGE = text(
    """
    INSERT INTO shared.paging_policy (region_id, urgency, version, body, made_at, made_by)
    SELECT :region_id, CAST(:urgency AS text), CAST(:seen AS integer) + 1, :body, shared.clock(), :made_by
    WHERE CAST(:seen AS integer) = (SELECT coalesce(max(version), 0) FROM shared.paging_policy
                                    WHERE region_id = :region_id AND urgency = CAST(:urgency AS text))
    ON CONFLICT DO NOTHING RETURNING version
    """
)


async def change(
    session: ProgramSession, region_id: UUID, urgency: Urgency, policy: Policy, *, seen: int, by: str
) -> int:
    """Put a policy into force for whatever begins from now on; what goes on keeps the one with which it began.

    Args:
        session: program of the region.
        region_id: which.
        urgency: of which urgency.
        policy: the next version.
        seen: the version that the caller has read.
        by: the role of whoever changes it.

    Returns:
        Its version.

    Raises:
        PolicyChangedError: another one is in force by now.
    """
    values = {"region_id": region_id, "urgency": urgency, "seen": seen, "body": policy.model_dump_json(), "made_by": by}
    version: int | None = (await session.execute(_CHANGE, values)).scalar_one_or_none()
    if version is None:
        raise PolicyChangedError
    await events.record(session, f"paging_policy.{urgency}", region_id)
    return version
