"""Writing the catalogue."""

from dataclasses import astuple, fields

import asyncpg

from libs.peer.registry.rules import Psap, Reading

_COLUMNS = tuple(field.name for field in fields(Psap))
_ONE_IMPORT_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('shared.psap_catalogue', 0))"


async def replace_catalogue(connection: "asyncpg.Connection[asyncpg.Record]", reading: Reading) -> None:
    """Put a reading in place of the catalogue, all or nothing.

    Readers see the old catalogue until the caller's transaction commits; a second import waits for the first.
    About half a second for 9,000 rows.

    Args:
        connection: inside the caller's transaction, with a role that may write shared.psap_catalogue.
        reading: as `reading.read` returns it.
    """
    async with connection.transaction():
        await connection.execute(_ONE_IMPORT_AT_A_TIME)
        await connection.execute("DELETE FROM shared.psap_catalogue")
        await connection.copy_records_to_table(
            "psap_catalogue",
            schema_name="shared",
            columns=_COLUMNS,
            records=(astuple(entry) for entry in reading.entries),
        )
