"""Putting a sandbox back to how it was made.

Every statement says for itself that it is about a sandbox: a session of a real program changes nothing by it, whoever
calls. For incidents and teams the database insists on that, too.

Source: docs/decisions/0043-sandboxes.md
"""

from sqlalchemy import text

from libs.tenancy.planes import ProgramSession

_WEBHOOKS = text(
    """
    DELETE FROM shared.webhook_endpoint w USING shared.region r
    WHERE r.id = w.region_id AND r.sandbox_of IS NOT NULL
    """
)
_TEAMS = text(
    "DELETE FROM shared.deployment d USING shared.region r WHERE r.id = d.region_id AND r.sandbox_of IS NOT NULL"
)
_INCIDENTS = text(
    "DELETE FROM shared.incident i USING shared.region r WHERE r.id = i.region_id AND r.sandbox_of IS NOT NULL"
)


async def reset(session: ProgramSession) -> None:
    """Delete what integrators wrote into the sandbox whose program this is; of a real program, nothing.

    People, shifts and workstations there they cannot change.
    """
    for statement in (_WEBHOOKS, _TEAMS, _INCIDENTS):
        await session.execute(statement)
