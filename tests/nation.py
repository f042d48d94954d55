"""A nation around the region of a test, in a transaction that is undone, and sessions that run in it.

Sixty regions of a hundred people, each of whom was asked something and whose region waits for something: what goes
through all of a table there goes through thousands of rows.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.sql import Executable

from libs.tenancy.engine import _LIMITS
from libs.tenancy.planes import Plane
from libs.tenancy.statements import Result, Row, Values, written

_REGIONS, _PEOPLE = 60, 100
_LAID = (
    """
    INSERT INTO shared.region (id, slug, name, time_zone, schema_name, schema_version, care_role, dispatch_role,
        program_role)
    SELECT gen_random_uuid(), 'nation_' || n, 'nation', 'America/Chicago', 'nation_' || n, '', 'nation_care_' || n,
        'nation_dispatch_' || n, 'nation_program_' || n
    FROM generate_series(1, $1::int) n
    """,
    """
    INSERT INTO shared.team (id, region_id, kind, name) SELECT gen_random_uuid(), id, 'roving', ''
    FROM shared.region WHERE name = 'nation'
    """,
    """
    INSERT INTO shared.member (id, region_id, agency_id, name, rank, discipline, languages, email, phone, duty_phone,
        training_hours)
    SELECT gen_random_uuid(), r.id, (SELECT id FROM shared.agency ORDER BY id LIMIT 1), 'Somebody', '', 'dispatch',
        '{en}', '', '', '', 60
    FROM shared.region r, generate_series(1, $1::int) WHERE r.name = 'nation'
    """,
    """
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)
    SELECT m.id, t.id, t.region_id, DATE '2020-01-01', 'peer' FROM shared.member m JOIN shared.team t USING (region_id)
    WHERE m.name = 'Somebody'
    """,
    """
    INSERT INTO shared.training_module (member_id, area, region_id)
    SELECT m.id, area, m.region_id FROM shared.member m, (SELECT area FROM shared.training_module LIMIT 1)
    WHERE m.name = 'Somebody'
    """,
    """
    INSERT INTO shared.availability (peer_id, region_id, is_available, changed_at)
    SELECT id, region_id, true, now() FROM shared.member WHERE name = 'Somebody'
    """,
    """
    INSERT INTO shared.reach (peer_id, region_id, verified) SELECT id, region_id, '{mail}'
    FROM shared.member WHERE name = 'Somebody'
    """,
    """
    INSERT INTO shared.own_limits (peer_id, region_id, modalities, wakes_for_now, gender, knows_calls, not_for)
    SELECT id, region_id, '{phone,text}', true, 'not_said', false, '{}' FROM shared.member WHERE name = 'Somebody'
    """,
    """
    INSERT INTO shared.callout (id, region_id, urgency, channel, language, team, center_wish, state, accepted_by,
        accepted_at, next_at)
    SELECT gen_random_uuid(), region_id, 'today', 'this_page', 'en', 'roving', 'another', 'accepted', id, now(),
        now() + interval '1 day'
    FROM shared.member WHERE name = 'Somebody'
    """,
    """
    INSERT INTO shared.offer (id, callout_id, region_id, epoch, peer_id, state, offered_at, expires_at, answered_at)
    SELECT gen_random_uuid(), c.id, c.region_id, 1, c.accepted_by, 'accepted', now(), now(), now()
    FROM shared.callout c JOIN shared.member m ON m.id = c.accepted_by AND m.name = 'Somebody'
    """,
    """
    INSERT INTO shared.page (id, offer_id, region_id, peer_id, channel, idempotency_key, state, created_at,
        handed_over_at)
    SELECT gen_random_uuid(), o.id, o.region_id, o.peer_id, 'in_app', o.id::text, 'handed_over', now(), now()
    FROM shared.offer o JOIN shared.member m ON m.id = o.peer_id AND m.name = 'Somebody'
    """,
    """
    INSERT INTO shared.decision (id, callout_id, region_id, epoch, counts, decided_at)
    SELECT gen_random_uuid(), o.callout_id, o.region_id, 1, '{}', now()
    FROM shared.offer o JOIN shared.member m ON m.id = o.peer_id AND m.name = 'Somebody'
    """,
    """
    INSERT INTO shared.copy (home_id, callout_id, peer_id, region_id)
    SELECT (SELECT id FROM shared.agency ORDER BY id LIMIT 1), o.callout_id, o.peer_id, o.region_id
    FROM shared.offer o JOIN shared.member m ON m.id = o.peer_id AND m.name = 'Somebody'
    """,
)
_READ = """
    SELECT relname, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS rows,
        (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int AS times
    FROM pg_stat_xact_all_tables WHERE schemaname = 'shared'
"""


class Session:
    """A session as the application's, in the transaction that laid the nation.

    Attributes:
        signals: as a plane's session has them; nobody hears them.
        statements: how many have run to their end.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Run statements on a connection that is in its plane already."""
        self._connection = connection
        self.signals: set[str] = set()
        self.statements = 0

    async def execute(self, statement: Executable, values: Values | None = None) -> Result:
        """Run one statement as the engine does."""
        one = written(statement, values or {})
        prepared = await self._connection.prepare(one.sql, record_class=Row)
        rows = await prepared.fetch(*one.arranged(values or {}))
        self.statements += 1
        return Result(rows, prepared.get_statusmsg() or "")


class Nation:
    """What the last session read.

    Attributes:
        rows: of each table.
        times: how often it went into each, by an index or not.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Count on a connection."""
        self._connection = connection
        self.rows: dict[str, int] = {}
        self.times: dict[str, int] = {}

    @asynccontextmanager
    async def session(self, plane: Plane) -> AsyncIterator[Session]:
        """Run in a plane with the settings of the application's engine, and count."""
        before = await self._read()
        await self._connection.execute(plane.prelude)
        yield Session(self._connection)
        await self._connection.execute("RESET ROLE; RESET search_path")
        after = await self._read()
        self.rows = {name: rows - before[name][0] for name, (rows, _) in after.items()}
        self.times = {name: times - before[name][1] for name, (_, times) in after.items()}

    async def _read(self) -> Mapping[str, tuple[int, int]]:
        return {row["relname"]: (row["rows"], row["times"]) for row in await self._connection.fetch(_READ)}


@asynccontextmanager
async def nation(superuser: asyncpg.Connection) -> AsyncIterator[Nation]:
    """Lay a nation around what is there, known to the planner, and undo it."""
    transaction = superuser.transaction()
    await transaction.start()
    try:
        for statement in _LAID:
            sizes = [_REGIONS if "shared.region (" in statement else _PEOPLE] if "$1" in statement else []
            await superuser.execute(statement, *sizes)
        await superuser.execute("ANALYZE")
        for name in ("plan_cache_mode", "enable_seqscan"):
            await superuser.execute(f"SET LOCAL {name} = {_LIMITS[name]}")
        yield Nation(superuser)
    finally:
        await transaction.rollback()
