"""The owner's connection asks that integrators be told of an agency: by a job, as other planes do.

Source: docs/decisions/0029-webhooks.md
"""

from uuid import UUID

import asyncpg

ADDED, CHANGED, SUSPENDED = "webhooks.agency.added", "webhooks.agency.changed", "webhooks.agency.suspended"

# Only where somebody listens: a nation of agencies is onboarded in one go.
_TELL = """
    INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at)
    SELECT gen_random_uuid(), $1, $1 || ':' || a.id || ':', a.region_id, a.id, shared.clock() FROM shared.agency a
    WHERE a.id = $2 AND EXISTS (SELECT FROM shared.webhook_endpoint e WHERE e.region_id = a.region_id)
    ON CONFLICT DO NOTHING
"""


async def of_agency(connection: asyncpg.Connection, kind: str, agency_id: UUID) -> None:
    """Ask that it be told what happened to an agency; in the caller's transaction, where there is one."""
    await connection.execute(_TELL, kind, agency_id)
