"""T2: what every role of the database may do to everything in it, asked of the database itself."""

import re
from dataclasses import dataclass

import pytest

from libs.tenancy import foundation
from libs.tenancy.plane_table import TENANT_PLANES
from libs.tenancy.planes import PlaneKind
from tests.databases import ROLES, Copy
from tests.db.test_planes import ON_COLUMNS, PRIVILEGES, _allowed, _roles, _tables
from tests.verify import record

WRITING = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"]

VOLATILE = set(
    re.findall(
        r"\w+",
        """
        amvalidate array_sample array_shuffle bernoulli system brinhandler bthandler ginhandler gisthandler hashhandler
        spghandler heap_tableam_handler dsnowball_init dsnowball_lexize plpgsql_call_handler plpgsql_inline_handler
        plpgsql_validator clock_timestamp timeofday current_query gen_random_uuid uuidv4 uuidv7 random random_normal
        setseed pg_sleep pg_sleep_for pg_sleep_until pg_jit_available pg_is_in_recovery pg_advisory_unlock_all
        currval lastval nextval setval pg_sequence_last_value pg_get_sequence_data
        currtid2 pg_partition_ancestors pg_partition_tree pg_collation_actual_version
        pg_database_collation_actual_version pg_nextoid pg_stop_making_pinned_objects pg_extension_config_dump
        pg_import_system_collations brin_desummarize_range brin_summarize_new_values brin_summarize_range
        gin_clean_pending_list pg_clear_attribute_stats pg_clear_relation_stats pg_restore_attribute_stats
        pg_restore_relation_stats pg_create_logical_replication_slot pg_create_physical_replication_slot
        pg_copy_logical_replication_slot pg_copy_physical_replication_slot pg_drop_replication_slot
        pg_replication_slot_advance pg_sync_replication_slots pg_control_checkpoint pg_control_init
        pg_control_recovery pg_control_system pg_get_loaded_modules pg_get_wait_events pg_get_wal_replay_pause_state
        pg_get_wal_resource_managers pg_is_wal_replay_paused pg_available_wal_summaries pg_last_wal_receive_lsn
        pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_notification_queue_usage pg_prepared_xact
        pg_stat_clear_snapshot pg_stat_force_next_flush txid_status pg_xact_commit_timestamp
        pg_xact_commit_timestamp_origin pg_xact_status
        """,
    )
)
"""Volatile functions of pg_catalog that a plane may still call, looked through one by one for PostgreSQL 18: they
check the caller's rights themselves, raise outside of their context, or tell of the cluster and of no tenant.
`binary_upgrade_…` raise outside of an upgrade."""


@dataclass(frozen=True, slots=True)
class Everybody:
    """The roles of the application, by name."""

    planes: list[str]
    login: str

    @property
    def all(self) -> list[str]:
        """The login too."""
        return [*self.planes, self.login]


@pytest.fixture
async def everybody(copy: Copy) -> Everybody:
    """Every role that the application can be."""
    return Everybody([role for role, _kind, _schema in await _roles(copy)], ROLES.login)


async def test_every_role_every_table_every_privilege(copy: Copy) -> None:
    tables, roles = await _tables(copy), [*await _roles(copy), (ROLES.login, None, None)]
    wrong, asked = [], 0
    for role, kind, own in roles:
        rows = await copy.superuser.fetch(
            """
            SELECT schema, name, privilege, has_schema_privilege($1, schema, 'USAGE')
                AND (has_table_privilege($1, format('%I.%I', schema, name), privilege)
                OR privilege = ANY($5) AND has_any_column_privilege($1, format('%I.%I', schema, name), privilege))
                AS has
            FROM unnest($2::text[], $3::text[]) AS t(schema, name), unnest($4::text[]) AS privilege
            """,
            *(role, [schema for schema, _ in tables], [name for _, name in tables], list(PRIVILEGES), list(ON_COLUMNS)),
        )
        asked += len(rows)
        wrong += [
            (role, *row)
            for row in rows
            if row["has"] != (kind is not None and row["privilege"] in _allowed(kind, own, row["schema"], row["name"]))
        ]
    assert wrong == []
    schemas = len({schema for schema, _ in tables})
    record.note(
        "T2",
        f"{len(roles)} roles × {len(tables)} tables in {schemas} schemas × {len(PRIVILEGES)} privileges",
        f"0 of {asked:,} outside the plane table",
    )


async def test_no_role_writes_to_the_catalog(copy: Copy, everybody: Everybody) -> None:
    found = await copy.superuser.fetch(
        """
        SELECT role, c.oid::regclass::text, privilege
        FROM pg_class c, unnest($1::text[]) AS role, unnest($2::text[]) AS privilege
        WHERE relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            AND relkind IN ('r', 'v', 'm', 'p', 'f') AND has_table_privilege(role, c.oid, privilege)
        """,
        everybody.all,
        WRITING,
    )
    assert [tuple(row) for row in found] == []


async def test_no_role_makes_anything_anywhere(copy: Copy, everybody: Everybody) -> None:
    found = await copy.superuser.fetch(
        """
        SELECT role, 'schema', nspname FROM pg_namespace, unnest($1::text[]) AS role
            WHERE has_schema_privilege(role, oid, 'CREATE')
        UNION ALL SELECT role, 'database', privilege FROM unnest($1::text[]) AS role, unnest($2::text[]) AS privilege
            WHERE has_database_privilege(role, current_database(), privilege)
        UNION ALL SELECT role, 'language', lanname FROM pg_language, unnest($1::text[]) AS role
            WHERE has_language_privilege(role, oid, 'USAGE') AND lanpltrusted
        UNION ALL SELECT role, 'tablespace', spcname FROM pg_tablespace, unnest($1::text[]) AS role
            WHERE has_tablespace_privilege(role, oid, 'CREATE')
        UNION ALL SELECT role, 'wrapper', fdwname FROM pg_foreign_data_wrapper, unnest($1::text[]) AS role
            WHERE has_foreign_data_wrapper_privilege(role, oid, 'USAGE')
        UNION ALL SELECT role, 'server', srvname FROM pg_foreign_server, unnest($1::text[]) AS role
            WHERE has_server_privilege(role, oid, 'USAGE')
        UNION ALL SELECT role, 'parameter', parname FROM pg_parameter_acl, unnest($1::text[]) AS role
            WHERE has_parameter_privilege(role, parname, 'SET, ALTER SYSTEM')
        """,
        everybody.all,
        ["CREATE", "TEMPORARY"],
    )
    assert [tuple(row) for row in found] == []


async def test_only_the_login_connects(copy: Copy, everybody: Everybody) -> None:
    able = await copy.superuser.fetch(
        "SELECT role FROM unnest($1::text[]) AS role WHERE has_database_privilege(role, current_database(), 'CONNECT')",
        everybody.all,
    )
    assert [row["role"] for row in able] == [ROLES.login]


async def test_there_are_no_sequences_large_objects_or_functions_to_share(copy: Copy) -> None:
    connection = copy.superuser
    assert await connection.fetchval("SELECT count(*) FROM pg_sequence") == 0
    assert await connection.fetchval("SELECT count(*) FROM pg_largeobject_metadata") == 0
    assert await connection.fetchval("SELECT count(*) FROM pg_default_acl") == 0
    ours = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace::regnamespace::text !~ '^(pg_|information_)'"
    makers = {"foundation.make_roles(text,text[])", "foundation.drop_roles(text,text[])"}
    assert {row[0] for row in await connection.fetch(ours)} == {"shared.clock()", *makers}


async def test_functions_of_the_catalog_that_tell_carry_or_run_sql_are_shut(copy: Copy, everybody: Everybody) -> None:
    found = await copy.superuser.fetch(
        """
        SELECT role, oid::regprocedure::text FROM pg_proc, unnest($1::text[]) AS role
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE ANY ($2::text[])
            AND has_function_privilege(role, oid, 'EXECUTE')
        """,
        everybody.all,
        [pattern.replace("_", r"\_") for pattern in (*foundation.SHUT, "set_config")],
    )
    assert [tuple(row) for row in found] == []
    shut = await copy.superuser.fetchval(
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND NOT"
        " has_function_privilege($1, oid, 'EXECUTE')",
        ROLES.group(PlaneKind.DESK),
    )
    record.note("T2", "functions of pg_catalog that no plane may call", f"{shut:,}")


async def test_what_else_is_volatile_was_looked_through(copy: Copy, everybody: Everybody) -> None:
    if not (await copy.superuser.fetchval("SHOW server_version")).startswith("18."):
        pytest.skip("the list is PostgreSQL 18's")
    found = await copy.superuser.fetch(
        """
        SELECT DISTINCT proname FROM pg_proc, unnest($1::text[]) AS role
        WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'v'
            AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
            AND proname NOT LIKE 'binary\\_upgrade\\_%' AND has_function_privilege(role, oid, 'EXECUTE')
        """,
        everybody.all,
    )
    assert {row["proname"] for row in found} - VOLATILE == set()


async def test_how_full_a_table_is_is_not_for_planes(copy: Copy, everybody: Everybody) -> None:
    found = await copy.superuser.fetch(
        "SELECT role, name FROM unnest($1::text[]) AS role, unnest($2::text[]) AS name"
        " WHERE has_column_privilege(role, 'pg_catalog.pg_class', name, 'SELECT')",
        everybody.all,
        ["reltuples", "relpages", "relallvisible"],
    )
    assert [tuple(row) for row in found] == []


async def test_no_role_is_more_than_a_role(copy: Copy, everybody: Everybody) -> None:
    rows = await copy.superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolcreaterole OR rolcreatedb"
        " OR rolreplication OR rolbypassrls OR rolcanlogin <> (rolname = $2) OR rolinherit AND rolname = $2)",
        everybody.all,
        ROLES.login,
    )
    assert [row["rolname"] for row in rows] == []
    owned = "SELECT count(*) FROM pg_shdepend JOIN pg_roles r ON r.oid = refobjid WHERE deptype = 'o'"
    assert await copy.superuser.fetchval(f"{owned} AND rolname = ANY($1)", everybody.all) == 0


async def test_the_login_becomes_plane_roles_alone_and_they_become_nobody(copy: Copy, everybody: Everybody) -> None:
    groups = {ROLES.group(kind) for kind in TENANT_PLANES}
    rows = await copy.superuser.fetch(
        """
        SELECT a AS role, r.rolname AS other, pg_has_role(a, r.oid, 'SET') AS becomes,
            pg_has_role(a, r.oid, 'USAGE') AS inherits, pg_has_role(a, r.oid, 'MEMBER WITH ADMIN OPTION') AS hands_out
        FROM unnest($1::text[]) AS a, pg_roles r WHERE r.rolname <> a
        """,
        everybody.all,
    )
    # Roles are cluster-wide: tenants that another test process has onboarded in its own database are not ours.
    ours = {ROLES.login, *everybody.all}
    becomes = {
        (row["role"], row["other"])
        for row in rows
        if row["becomes"] and (row["other"] in ours or not re.fullmatch(r"test_\w+_[0-9a-f]{12}", row["other"]))
    }
    assert becomes == {(ROLES.login, role) for role in everybody.planes if role not in groups}
    assert not any(row["hands_out"] for row in rows)
    kinds = {role: kind for role, kind, _schema in await _roles(copy)}
    for row in rows:
        if row["inherits"]:
            assert row["other"] == ROLES.group(kinds[row["role"]])
    record.note("T2", "pairs of roles: memberships beyond the plane table", f"0 of {len(rows):,}")


async def test_laying_the_foundation_again_changes_nothing(copy: Copy) -> None:
    connection = copy.superuser
    privileges = """
        SELECT md5(string_agg(x, ';' ORDER BY x)) FROM (
            SELECT oid::regprocedure::text || proacl::text FROM pg_proc
            UNION ALL SELECT oid::regclass::text || relacl::text FROM pg_class
            UNION ALL SELECT lanname || lanacl::text FROM pg_language) AS of(x)
    """
    before = await connection.fetchval(privileges)
    await foundation.lay(connection, ROLES, foundation.Passwords(owner="of-the-tests", login="of-the-tests"))
    assert await connection.fetchval(privileges) == before
