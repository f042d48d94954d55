"""Injected SQL: what somebody would send who can write into one of our statements.

Each payload names what it would gain. `undone` says what shows that it works: the login in a copy of the
database whose revokes are undone, or a superuser. `stopped_by` says who stops it in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from libs.tenancy.planes import Plane, quoted


@dataclass(frozen=True, slots=True)
class Payload:
    """One attempt.

    Attributes:
        name: family and target.
        attacker: the plane whose session is injected.
        statements: sent one after another in one transaction.
        gain: what must not come back, in rows or errors; None where running at all is the gain.
        undone: who shows that it works.
        stopped_by: the database alone, or the door (`PlaneConnection`), as it is the login that may change roles.
        needs_xml: works on a server built with libxml alone; the embedded one is not.
        is_simple: shown by the simple protocol, which takes several statements in one text.
    """

    name: str
    attacker: Plane
    statements: tuple[str, ...]
    gain: str | None
    undone: Literal["revokes", "superuser"] = "revokes"
    stopped_by: Literal["database", "door"] = "database"
    is_simple: bool = False
    needs_xml: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Something foreign.

    Attributes:
        name: who wants what.
        attacker: the injected plane.
        holder: the role that may read it.
        schema: where it is.
        table: its table.
        column: the column with the canary.
        canary: lower-case letters alone, so that a text search keeps it whole.
    """

    name: str
    attacker: Plane
    holder: str
    schema: str
    table: str
    column: str
    canary: str

    @property
    def of(self) -> str:
        """The table by its whole name."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    @property
    def read(self) -> str:
        """A query that returns the canary, where one may."""
        return f"SELECT {self.column} FROM {self.of} WHERE {self.column} = {self.halves} LIMIT 1"

    @property
    def halves(self) -> str:
        """The canary so that its letters are not in the payload: an error may quote the payload itself."""
        return f"'{self.canary[:12]}' || '{self.canary[12:]}'"

    @property
    def oid(self) -> str:
        """The table without naming its schema in a place where the parser would ask for the right to enter."""
        return (
            "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            f" WHERE n.nspname = '{self.schema}' AND c.relname = '{self.table}')"
        )


def in_literal(fragment: str) -> str:
    """The bug: a value is put into the text of a statement."""
    return f"SELECT name FROM shared.region WHERE slug = '{fragment}'"


def _union(expression: str, source: str = "") -> str:
    return in_literal(f"' UNION ALL SELECT ({expression})::text {source} --")


def _sql_literal(statement: str) -> str:
    return statement.replace("'", "''")


def all_of(targets: list[Target]) -> Iterator[Payload]:
    """Generate the families that go for each target."""
    for target in targets:
        yield from _in_one_select(target)
        yield from _by_a_language(target)
        yield from _by_statements(target)
        yield from _straight(target)


def _in_one_select(target: Target) -> Iterator[Payload]:
    """One SELECT that first changes the role, then runs SQL handed over as text."""
    read, role = _sql_literal(target.read), target.holder
    become = f"FROM (SELECT set_config('role', '{role}', true) OFFSET 0) AS s(r)"
    late = "CASE WHEN s.r IS NOT NULL THEN '{}' END"
    vector = _sql_literal(f"SELECT array_to_tsvector(ARRAY[({target.read})])")
    phrase = _sql_literal(f"SELECT 'a'::tsquery, phraseto_tsquery('simple', ({target.read}))")
    table = f"CASE WHEN s.r IS NOT NULL THEN {target.oid} END::regclass"
    become_xml = f"query_to_xml('SELECT set_config(''role'', ''{role}'', true)', true, false, '')::text"
    families = {
        "query_to_xml": _union("x", f"{become}, LATERAL query_to_xml({late.format(read)}, true, false, '') x"),
        "query_to_xml_and_xmlschema": _union(
            "x", f"{become}, LATERAL query_to_xml_and_xmlschema({late.format(read)}, true, false, '') x"
        ),
        "query_to_xml twice": _union(become_xml, f"UNION ALL SELECT query_to_xml('{read}', true, false, '')::text"),
        "ts_stat": _union("word", f"{become}, LATERAL ts_stat({late.format(vector)})"),
        "ts_rewrite": _union("x", f"{become}, LATERAL ts_rewrite('a'::tsquery, {late.format(phrase)}) x"),
        "table_to_xml": _union("x", f"{become}, LATERAL table_to_xml({table}, true, false, '') x"),
        "schema_to_xml": _union(
            "x", f"{become}, LATERAL schema_to_xml({late.format(target.schema)}::name, true, false, '') x"
        ),
    }
    for family, statement in families.items():
        name, needs_xml = f"{family}: {target.name}", "_xml" in family
        yield Payload(name, target.attacker, (statement,), target.canary, needs_xml=needs_xml)


def _by_a_language(target: Target) -> Iterator[Payload]:
    """A body in plpgsql or sql that changes the role inside."""
    role, read = quoted(target.holder), target.read
    vector = _sql_literal(f"SELECT array_to_tsvector(ARRAY[({read})])")
    query = _sql_literal(f"SELECT word FROM ts_stat('{vector}')")
    create = "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE"
    families = {
        "do": (f"DO $$ BEGIN SET LOCAL ROLE {role}; RAISE EXCEPTION '%', ({read}); END $$",),
        "do set_config": (
            f"DO $$ BEGIN PERFORM set_config('role', '{target.holder}', true); RAISE EXCEPTION '%', ({read}); END $$",
        ),
        "plpgsql function": (
            f"{create} plpgsql AS $$ BEGIN SET LOCAL ROLE {role}; RETURN ({read}); END $$",
            "SELECT pg_temp.f()",
        ),
        "plpgsql function with a role": (
            f"{create} plpgsql SET role = {role} AS $$ BEGIN RETURN ({read}); END $$",
            "SELECT pg_temp.f()",
        ),
        "sql function with a role": (f"{create} sql SET role = {role} AS '{query}'", "SELECT pg_temp.f()"),
    }
    for family, statements in families.items():
        yield Payload(f"{family}: {target.name}", target.attacker, statements, target.canary)


def _by_statements(target: Target) -> Iterator[Payload]:
    """Whole statements, one after another: it is the login that Postgres asks, and the login may change."""
    role, mine, read = quoted(target.holder), quoted(target.attacker.role), target.read
    become = f"SET LOCAL ROLE {role}"
    path = f"SET LOCAL search_path TO {quoted(target.schema)}"
    families = {
        "set local role": (become, read),
        "set role": (f"SET ROLE {role}", read),
        "reset role": ("RESET ROLE", become, read),
        "prepare": (become, f"PREPARE loot AS {read}", "EXECUTE loot"),
        "new transaction": ("COMMIT", "BEGIN", become, read),
        "rolled back transaction": ("ROLLBACK", "BEGIN", become, read),
        "savepoint": ("SAVEPOINT s", become, read),
        "search path": (path, become, read.replace(target.of, quoted(target.table))),
        "cursor": (become, f"DECLARE c CURSOR WITH HOLD FOR {read}", "FETCH c"),
        "temporary table": (
            become,
            f"CREATE TEMP TABLE loot AS {read}",
            "GRANT SELECT ON loot TO PUBLIC",
            f"SET LOCAL ROLE {mine}",
            "TABLE pg_temp.loot",
        ),
        "explain": (become, f"EXPLAIN (ANALYZE) SELECT ({read})::int"),
    }
    for family, statements in families.items():
        yield Payload(f"{family}: {target.name}", target.attacker, statements, target.canary, stopped_by="door")
    both = in_literal(f"'; SET LOCAL ROLE {role}; SELECT ({read})::int --")
    name = f"second statement: {target.name}"
    yield Payload(name, target.attacker, (both,), target.canary, stopped_by="door", is_simple=True)
    authorization = (f"SET SESSION AUTHORIZATION {role}", read)
    name = f"session authorization: {target.name}"
    yield Payload(name, target.attacker, authorization, target.canary, "superuser")


def _straight(target: Target) -> Iterator[Payload]:
    """No change of role: read, or let an error tell."""
    read, of, column = target.read, target.of, target.column
    halves, likely = target.halves, f"{column} LIKE '{target.canary[:12]}%'"
    families = {
        "union": _union(read),
        "error of a cast": in_literal(f"' OR 1 = ({read})::int --"),
        "error before the policy": in_literal(
            f"' OR EXISTS (SELECT FROM {of} WHERE {likely} AND {column}::int = 1) --"
        ),
        "error in a case": in_literal(
            f"' OR EXISTS (SELECT FROM {of} WHERE CASE WHEN {likely} THEN {column}::int = 1 END) --"
        ),
        "existence": _union(halves, f"WHERE EXISTS (SELECT FROM {of} WHERE {column} = {halves})"),
        "aggregate": _union(f"SELECT string_agg({column}, ',') FROM {of}"),
        "whole row": _union(f"SELECT string_agg(t::text, ',') FROM {of} t"),
        "by place": _union(
            f"SELECT string_agg({column}, ',') FROM {of} WHERE ctid = ANY"
            " (ARRAY(SELECT format('(%s,%s)', p, i)::tid FROM generate_series(0, 30) p, generate_series(1, 99) i))"
        ),
        "update returning": f"UPDATE {of} SET {column} = {column} RETURNING {column}",
        "with": f"WITH loot AS (DELETE FROM {of} RETURNING {column}) SELECT * FROM loot",
        "for update": f"{read} FOR UPDATE",
        "pg_stats": _union(
            "SELECT string_agg(concat(most_common_vals, histogram_bounds), '') FROM pg_stats"
            f" WHERE schemaname = '{target.schema}' AND tablename = '{target.table}' AND attname = '{column}'"
        ),
        "query_to_xml as oneself": _union(f"query_to_xml('{_sql_literal(read)}', true, false, '')"),
    }
    for family, statement in families.items():
        name, needs_xml = f"{family}: {target.name}", "_xml" in family
        yield Payload(name, target.attacker, (statement,), target.canary, "superuser", needs_xml=needs_xml)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the payloads below need to know.

    Attributes:
        attacker: the employer's own desk.
        home: its agency's request table, in which somebody is writing at this moment.
        setting: another agency's table, which nobody writes to.
        file: a file on the server that holds `canary`.
        large_object: one that holds `canary`.
        statement: part of what another session has just sent.
        rows, bytes: how many requests `home` holds, and how large it is.
        route: of another home: (home, lookup hash in hex, region).
        address: libpq's words for connecting as the login once more.
    """

    attacker: Plane
    care: Plane
    home: Target
    setting: Target
    canary: str
    file: str
    large_object: int
    statement: str
    rows: int
    bytes: int
    route: tuple[str, str, str]
    address: str


def single(around: Surroundings) -> Iterator[Payload]:
    """Generate what is tried once: the server's files, other sessions, statistics, stores, definitions."""
    for family in (_files, _others, _statistics):
        for name, statements, gain, undone in family(around):
            yield Payload(name, around.attacker, statements, gain, undone)
    for statement in _STORES:
        by: Literal["database", "door"] = "door" if statement.startswith(("NOTIFY", "LISTEN")) else "database"
        yield Payload(f"store: {statement}", around.attacker, (statement,), None, stopped_by=by)
    for statement in _DEFINITIONS:
        filled = statement.format(role=quoted(around.attacker.role), table=around.setting.of)
        yield Payload(f"define: {statement}", around.attacker, (filled,), None, "superuser")
    home, lookup, region = around.route
    duplicate = f"INSERT INTO shared.receipt_route VALUES ('{home}', '\\x{lookup}', '{region}')"
    yield Payload("error of a key", around.care, (duplicate,), "already exists", "superuser")


_Single = Iterator[tuple[str, tuple[str, ...], str | None, Literal["revokes", "superuser"]]]


def _files(around: Surroundings) -> _Single:
    file, loot = around.file, "CREATE TEMP TABLE loot (x text)"
    yield "pg_read_file", (_union(f"pg_read_file('{file}')"),), around.canary, "superuser"
    binary = _union(f"convert_from(pg_read_binary_file('{file}'), 'UTF8')")
    yield "pg_read_binary_file", (binary,), around.canary, "superuser"
    yield "pg_ls_dir", (_union("string_agg(x, ',')", "FROM pg_ls_dir('.') x"),), "PG_VERSION", "superuser"
    yield "pg_stat_file", (_union(f"pg_stat_file('{file}')"),), None, "superuser"
    imported = (f"SELECT lo_import('{file}', 777)", "SELECT convert_from(lo_get(777), 'UTF8')")
    yield "lo_import", imported, around.canary, "superuser"
    yield "lo_export", (_union(f"lo_export({around.large_object}, '{file}.exported')"),), None, "superuser"
    yield "lo_get", (_union(f"convert_from(lo_get({around.large_object}), 'UTF8')"),), around.canary, "superuser"
    page = f"SELECT convert_from(data, 'UTF8') FROM pg_largeobject WHERE loid = {around.large_object}"
    yield "pg_largeobject", (_union(page),), around.canary, "superuser"
    program = (loot, f"COPY loot FROM PROGRAM 'cat {file}'", "SELECT x FROM loot")
    yield "copy from program", program, around.canary, "superuser"
    yield "copy from a file", (loot, f"COPY loot FROM '{file}'", "SELECT x FROM loot"), around.canary, "superuser"
    yield "copy to program", ("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'",), None, "superuser"
    yield (
        "file_fdw",
        ("CREATE EXTENSION IF NOT EXISTS file_fdw", "CREATE SERVER f FOREIGN DATA WRAPPER file_fdw"),
        None,
        "superuser",
    )
    become = f"SET ROLE {quoted(around.home.holder)}; {around.home.read}".replace("'", "''")
    dblink = f"SELECT x FROM dblink('{around.address}', '{become}') AS t(x text)"
    yield "dblink", ("CREATE EXTENSION IF NOT EXISTS dblink", dblink), around.home.canary, "superuser"
    yield "load", ("LOAD 'auto_explain'",), None, "superuser"


def _others(around: Surroundings) -> _Single:
    """Other sessions: their statements, their locks, their end."""
    activity = "string_agg(query, ',')"
    yield "pg_stat_activity", (_union(activity, "FROM pg_stat_activity"),), around.statement, "superuser"
    yield "pg_stat_get_activity", (_union(activity, "FROM pg_stat_get_activity(NULL)"),), around.statement, "superuser"
    backend = "string_agg(pg_stat_get_backend_activity(i), ',')"
    ids = "FROM pg_stat_get_backend_idset() i"
    yield "pg_stat_get_backend_activity", (_union(backend, ids),), around.statement, "superuser"
    held = f"FROM {{}} l WHERE l.relation = {around.home.oid} AND l.mode LIKE 'RowExcl%'"
    locks = "min(l.mode)"
    yield "pg_locks", (_union(locks, held.format("pg_locks")),), "RowExclusiveLock", "revokes"
    yield "pg_lock_status", (_union(locks, held.format("pg_lock_status()")),), "RowExclusiveLock", "revokes"
    yield (
        "backends of the database",
        (_union("numbackends", "FROM pg_stat_database WHERE numbackends > 0"),),
        None,
        "revokes",
    )
    yield "pg_cancel_backend", (_union("pg_cancel_backend(0)"),), None, "revokes"
    yield "pg_terminate_backend", (_union("pg_terminate_backend(0)"),), None, "revokes"
    yield "pg_blocking_pids", (_union("pg_blocking_pids(0)"),), None, "revokes"
    yield "pg_authid", (_union("string_agg(rolpassword, ',')", "FROM pg_authid"),), "SCRAM-SHA-256", "superuser"
    yield "pg_shadow", (_union("string_agg(passwd, ',')", "FROM pg_shadow"),), "SCRAM-SHA-256", "superuser"
    yield "pg_hba_file_rules", (_union("count(*)", "FROM pg_hba_file_rules"),), None, "superuser"


def _statistics(around: Surroundings) -> _Single:
    """How many have asked in the employer's own agency."""
    oid, rows, size = around.home.oid, f"n={around.rows}", f"n={around.bytes}"
    for view in ("pg_stat_all_tables", "pg_stat_user_tables"):
        for column in ("n_live_tup", "n_tup_ins"):
            counted = _union(f"'n=' || {column}", f"FROM {view} WHERE relid = {oid}")
            yield f"{view}.{column}", (counted,), rows, "revokes"
    for function in ("pg_stat_get_live_tuples", "pg_stat_get_tuples_inserted"):
        yield function, (_union(f"'n=' || {function}({oid})"),), rows, "revokes"
    yield "reltuples", (_union("'n=' || reltuples", f"FROM pg_class WHERE oid = {oid}"),), rows, "revokes"
    pages = _union("'n=' || relpages * 8192", f"FROM pg_class WHERE oid = {oid}")
    yield "relpages", (pages,), size, "revokes"
    yield "pg_relation_size", (_union(f"'n=' || pg_relation_size({oid})"),), size, "revokes"
    for function in ("pg_table_size", "pg_total_relation_size", "pg_indexes_size"):
        yield function, (_union(f"{function}({oid})"),), None, "revokes"
    yield "pg_database_size", (_union("pg_database_size(current_database())"),), None, "superuser"
    yield "pg_statio", (_union("sum(heap_blks_hit)", "FROM pg_statio_all_tables"),), None, "revokes"
    statistic = _union("string_agg(stavalues1::text, ',')", f"FROM pg_statistic WHERE starelid = {oid}")
    yield "pg_statistic", (statistic,), around.home.canary, "superuser"
    # The planner's estimate; an EXPLAIN needs no right to read on PostgreSQL's side of the plan.
    yield "explain", (f"EXPLAIN SELECT FROM {around.home.of}",), f"rows={around.rows}", "superuser"


_STORES = (
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT pg_notify('other', 'x')",
    "NOTIFY other, 'x'",
    "LISTEN other",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock(1, 1)",
    "SELECT pg_advisory_xact_lock_shared(1)",
    "SELECT pg_logical_emit_message(true, 'other', 'x')",
    "SELECT pg_export_snapshot()",
    "SELECT set_config('search_path', 'pg_temp', false)",
    "SELECT set_config('row_security', 'off', false)",
    "SELECT set_config('my.note', 'x', false)",
    "UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security'",
    "UPDATE pg_settings SET setting = 'pg_temp' WHERE name = 'search_path'",
    "CREATE TEMP TABLE loot (x int)",
    "CREATE TEMP VIEW loot AS SELECT 1 AS x",
    "SELECT 1 AS x INTO TEMP loot",
    "DO $$ BEGIN END $$",
)
"""Keep or carry something: enough to be in want of revokes, whatever the canary."""

_DEFINITIONS = (
    "SELECT slug INTO shared.loot FROM shared.region",
    "CREATE TABLE shared.loot (x int)",
    "CREATE SCHEMA loot",
    "CREATE VIEW shared.loot AS SELECT * FROM {table}",
    "CREATE FUNCTION shared.loot() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT NULL::text'",
    "CREATE OR REPLACE FUNCTION shared.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "CREATE FUNCTION shared.loot(text) RETURNS int LANGUAGE internal AS 'textlen'",
    "CREATE TRIGGER loot AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER TABLE {table} OWNER TO {role}",
    "ALTER TABLE shared.callout DISABLE ROW LEVEL SECURITY",
    "DROP POLICY callout_of_own_region ON shared.callout",
    "GRANT SELECT ON {table} TO {role}",
    "GRANT pg_read_all_data TO {role}",
    "ALTER ROLE {role} BYPASSRLS",
    "ALTER DEFAULT PRIVILEGES FOR ROLE test_owner GRANT SELECT ON TABLES TO {role}",
    "LOCK TABLE {table}",
    "TRUNCATE {table}",
    "DROP TABLE {table}",
    "CREATE PUBLICATION loot FOR ALL TABLES",
    "CREATE ROLE loot SUPERUSER",
)
"""Make the rules anew."""
