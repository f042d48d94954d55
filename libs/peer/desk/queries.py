"""What a PSAP admin reads of the own agency."""

from sqlalchemy import text

from libs.tenancy.planes import DeskSession

_SETTINGS = text("SELECT name, value FROM setting ORDER BY name")


async def settings(session: DeskSession) -> tuple[tuple[str, str], ...]:
    """Return the agency's settings as (name, value), by name."""
    return tuple((row.name, row.value) for row in await session.execute(_SETTINGS))
