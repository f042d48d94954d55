"""Agencies change and go: suspended, renamed, moved to another region, removed. With the owner's connection.

Nothing here depends on whether a request is open, nor tells it: every act does the same and says the same.

Source: docs/decisions/0008-lifecycle-of-agencies.md
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from libs.tenancy import names, plane_table, telling
from libs.tenancy.planes import PlaneKind, quoted

EVERYBODY_KNOWS_AFTER_S = 11.0
"""Twice the directory's five seconds, and one: by then every process has read a new status."""

CARE_KEYS = {"request": "id"}
"""Which column of each care table holds the request's id: so that an open request is handed on whole."""

_ROW = """
    SELECT a.id, a.slug, a.name, a.status, a.schema_name, a.schema_version, a.care_role, a.desk_role,
           r.id AS region_id, r.slug AS region_slug, r.name AS region_name, r.schema_version AS region_version
    FROM shared.agency a JOIN shared.region r ON r.id = a.region_id WHERE a.slug = $1
"""
_OPEN = """
    SELECT c.id, c.request_id, c.region_id, r.schema_name AS region_schema
    FROM shared.callout c JOIN shared.region r ON r.id = c.region_id
    WHERE c.home_id = $1 AND c.state NOT IN ('closed', 'withdrawn', 'declined') FOR UPDATE OF c
"""
_HAND_ON = (
    "UPDATE shared.callout SET home_id = region_id WHERE id = $1",
    "UPDATE shared.copy SET home_id = region_id WHERE callout_id = $1",
)
_FORGET = (
    "UPDATE shared.receipt_route SET home_id = NULL, forgotten_at = shared.clock() WHERE home_id = $1",
    "DELETE FROM shared.copy WHERE home_id = $1",
    (
        "UPDATE shared.callout SET home_id = NULL, request_id = NULL, approval_id = NULL, coming_from = NULL"
        " WHERE home_id = $1"
    ),
)
_MOVES_ALONG = (
    "UPDATE shared.account SET region_id = $2 WHERE agency_id = $1",
    "UPDATE shared.client SET region_id = $2 WHERE agency_id = $1",
    "UPDATE shared.sign_on_provider SET region_id = $2 WHERE agency_id = $1",
    (
        "DELETE FROM shared.membership s USING shared.team t"
        " WHERE t.id = s.team_id AND t.agency_id = $1 AND t.region_id <> $2"
    ),
    # Its consoles see the old region's roster no more, nor the faces of those who are in no team by that.
    "DELETE FROM shared.intranet_place WHERE place_id = $1 AND region_id <> $2",
    (
        "DELETE FROM shared.photo p USING shared.member m WHERE m.id = p.member_id AND m.agency_id = $1"
        " AND m.region_id <> $2 AND NOT EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id)"
    ),
)
_ITS_OWN = (
    "DELETE FROM shared.team WHERE agency_id = $1",
    "DELETE FROM shared.account WHERE agency_id = $1",
    "DELETE FROM shared.client WHERE agency_id = $1",
    "DELETE FROM shared.sign_on_provider WHERE agency_id = $1",
    "DELETE FROM shared.provisioning_token WHERE agency_id = $1",
    "DELETE FROM shared.desk_person WHERE agency_id = $1",
    "DELETE FROM shared.hard_call_rule WHERE agency_id = $1",
    "DELETE FROM shared.intranet_place WHERE place_id = $1",
    "DELETE FROM shared.station WHERE agency_id = $1",
    "DELETE FROM shared.private_offer WHERE agency_id = $1",
)


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency as its operator sees it."""

    id: UUID
    slug: str
    name: str
    status: str
    schema_name: str
    schema_version: str
    care_role: str
    desk_role: str
    region_id: UUID
    region_slug: str
    region_name: str
    region_version: str


class NotAsItWas(Exception):
    """Somebody else has changed the agency in the meantime; look again."""


async def find(connection: asyncpg.Connection, slug: str) -> AgencyRow | None:
    """Return the agency called `slug`, or None."""
    row = await connection.fetchrow(_ROW, slug)
    return None if row is None else AgencyRow(**dict(row))


async def set_status(connection: asyncpg.Connection, agency: AgencyRow, status: str) -> None:
    """Suspend an agency, let it take part again, or mark that it is on its way; said twice it holds once.

    Its own page takes no request while it is anything but active. Requests that are open go on.
    """
    async with connection.transaction():
        await connection.execute("UPDATE shared.agency SET status = $2 WHERE id = $1", agency.id, status)
        kind = telling.SUSPENDED if status == "suspended" else telling.CHANGED
        await telling.of_agency(connection, kind, agency.id)


async def rename(connection: asyncpg.Connection, agency: AgencyRow, name: str) -> None:
    """Give an agency another name; its address stays, so that posters stay true."""
    async with connection.transaction():
        await connection.execute("UPDATE shared.agency SET name = $2 WHERE id = $1", agency.id, name)
        await telling.of_agency(connection, telling.CHANGED, agency.id)


async def move(connection: asyncpg.Connection, agency: AgencyRow, region_id: UUID, *, status: str) -> None:
    """Let an agency take part in another region from now on, in one transaction.

    To be called EVERYBODY_KNOWS_AFTER_S after its status became `moving` or `suspended`: until then a page may still
    take a request into its care for the old region. Open requests stay with the old region's peers: a callout carries
    its region, and the way to its care goes by the agency's id, which stays.

    Args:
        connection: the owner's, outside of a transaction.
        agency: as found.
        region_id: where to.
        status: what it is afterwards.

    Raises:
        NotAsItWas: it is in another region than it was.
    """
    async with connection.transaction():
        moved = await connection.execute(
            "UPDATE shared.agency SET region_id = $2, status = $3 WHERE id = $1 AND region_id = $4",
            *(agency.id, region_id, status, agency.region_id),
        )
        if moved != "UPDATE 1":
            raise NotAsItWas
        # Its admin signs in to its region; members are the old region's own, and stay on its team. Its in-house team
        # ends: nobody there can ask the old region for it any more.
        for statement in _MOVES_ALONG:
            await connection.execute(statement, agency.id, region_id)


async def members_of(connection: asyncpg.Connection, agency: AgencyRow) -> int:
    """Return how many team members, of any region, have this agency as the center where they work."""
    return int(await connection.fetchval("SELECT count(*) FROM shared.member WHERE agency_id = $1", agency.id))


async def remove(connection: asyncpg.Connection, agency: AgencyRow) -> None:
    """Remove an agency with its schema, roles, admins' accounts and row, in one transaction.

    To be called EVERYBODY_KNOWS_AFTER_S after its status became `leaving`. A request that is open is handed on to its
    region's own care, where it goes on to its end: nobody is left waiting in silence. Everything else of care goes
    with the schema. The caller has made sure that nobody on a team works there.

    Args:
        connection: the owner's, outside of a transaction.
        agency: as found, at the same version of the tenants' tables as its region.

    Raises:
        NotAsItWas: it is gone, or in another region.
    """
    schema = quoted(agency.schema_name)
    async with connection.transaction():
        # First of all: whoever is about to write into its care has done so before, or cannot any more.
        for table in sorted(_care_tables()):
            await connection.execute(f"LOCK TABLE {schema}.{quoted(table)} IN ACCESS EXCLUSIVE MODE")
        for request in await connection.fetch(_OPEN, agency.id):
            await _hand_on(connection, agency, request)
        await connection.execute(f"DROP SCHEMA {schema} CASCADE")
        # What is over, as `requests.forget` would: no way leads there, and nothing ties a callout to the agency.
        for statement in (*_FORGET, *_ITS_OWN):
            await connection.execute(statement, agency.id)
        gone = await connection.execute(
            "DELETE FROM shared.agency WHERE id = $1 AND region_id = $2", agency.id, agency.region_id
        )
        if gone != "DELETE 1":
            raise NotAsItWas
        planes = [PlaneKind.CARE.value, PlaneKind.DESK.value]
        await connection.execute("SELECT foundation.drop_roles($1, $2)", names.token_of(agency.schema_name), planes)


def _care_tables() -> set[str]:
    return {table for table, grants in plane_table.TENANT.items() if PlaneKind.CARE in grants}


async def _hand_on(connection: asyncpg.Connection, agency: AgencyRow, request: asyncpg.Record) -> None:
    """Put an open request, its way and its copies into the care of the region in which it was asked.

    That need not be the agency's own: one that was moved may have some with the region before.
    """
    lookup_hash = await connection.fetchval(
        f"SELECT lookup_hash FROM {quoted(agency.schema_name)}.request WHERE id = $1",  # noqa: S608 - a schema of ours
        request["request_id"],
    )
    for table in sorted(_care_tables()):
        await _copy_rows(connection, table, agency.schema_name, request["region_schema"], request["request_id"])
    for statement in _HAND_ON:
        await connection.execute(statement, request["id"])
    await connection.execute(
        "UPDATE shared.receipt_route SET home_id = region_id WHERE region_id = $1 AND lookup_hash = $2",
        *(request["region_id"], lookup_hash),
    )


async def _copy_rows(connection: asyncpg.Connection, table: str, of: str, to: str, request_id: UUID) -> None:
    columns = await connection.fetchval(
        """
        SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = $2
        """,
        *(of, table),
    )
    await connection.execute(
        f"INSERT INTO {quoted(to)}.{quoted(table)} ({columns})"  # noqa: S608 - names of our own tables
        f" SELECT {columns} FROM {quoted(of)}.{quoted(table)} WHERE {quoted(CARE_KEYS[table])} = $1",
        request_id,
    )
