"""Reading paging policies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.policies import rules
from libs.peer.policies.models import Policy
from libs.tenancy.planes import ProgramSession


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy of one urgency. Version 0, without a day and a role, is the one that OwnCall brings."""

    urgency: Urgency
    version: int
    policy: Policy
    made_at: datetime | None
    made_by: str | None


_IN_FORCE = text(
    """
    SELECT DISTINCT ON (urgency) urgency, version, body, made_at, made_by
    FROM shared.paging_policy ORDER BY urgency, version DESC
    """
)


async def in_force(session: ProgramSession) -> Mapping[Urgency, InForce]:
    """Return the region's policies, most pressing first."""
    made = {row.urgency: row for row in await session.execute(_IN_FORCE)}
    found = {}
    for urgency in Urgency:
        row = made.get(urgency)
        found[urgency] = (
            InForce(urgency, 0, rules.DEFAULTS[urgency], None, None)
            if row is None
            else InForce(urgency, row.version, Policy.model_validate_json(row.body), row.made_at, row.made_by)
        )
    return found
