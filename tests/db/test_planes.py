"""What each database role can really do, against the plane table; and that forgetting a plane fails closed."""

from collections.abc import Iterable

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.tenancy import plane_table
from libs.tenancy.engine import open_engine
from libs.tenancy.errors import NoPlaneError, PlaneRefusedError
from libs.tenancy.plane_table import (
    LEAD_COLUMNS_FOR_THE_DOOR,
    MEMBER_COLUMNS_FOR_DISPATCH,
    PERSON_COLUMNS_OF_DESK,
    PHOTO_COLUMNS_FOR_PROGRAM,
    STATION_COLUMNS_FOR_DESK,
    SUSPENDED_COLUMNS_FOR_THE_DOOR,
)
from libs.tenancy.planes import DeskSession, Plane, PlaneKind, quoted
from services.cli import heartland
from tests.databases import ROLES, Copy
from tests.world import World, peer_id

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
ON_COLUMNS = {"SELECT", "INSERT", "UPDATE", "REFERENCES"}
ROSTER = {"team", "member", "membership", "training_module"}
DEPLOYMENTS = {"incident", "deployment", "slot", "invitation", "run_card", "response_window"}
SHIFTS = {"schedule", "rotation", "rotation_place", "sign_up", "swap", "shift_override", "duty", "swap_notice"}
INTRANET = {"intranet_place", "not_shown", "photo", "shown_peer"}
OF_A_REGION = {
    *("callout", "copy", "offer", "page", "availability", "approval"),
    *(*ROSTER, *SHIFTS, *DEPLOYMENTS, *INTRANET),
}

SOME_COLUMNS = {
    ("member", PlaneKind.DISPATCH): MEMBER_COLUMNS_FOR_DISPATCH,
    ("member", PlaneKind.DOOR): SUSPENDED_COLUMNS_FOR_THE_DOOR,
    ("membership", PlaneKind.DOOR): LEAD_COLUMNS_FOR_THE_DOOR,
    ("station", PlaneKind.DESK): STATION_COLUMNS_FOR_DESK,
    ("desk_person", PlaneKind.DESK): PERSON_COLUMNS_OF_DESK,
    ("photo", PlaneKind.PROGRAM): PHOTO_COLUMNS_FOR_PROGRAM,
}


async def _roles(copy: Copy) -> list[tuple[str, PlaneKind, str | None]]:
    """Every plane's role: the single ones, the groups, and each tenant's; with the tenant's own schema."""
    found: list[tuple[str, PlaneKind, str | None]] = [(ROLES.group(kind), kind, None) for kind in PlaneKind]
    for row in await copy.superuser.fetch("SELECT * FROM shared.region"):
        found.append((row["care_role"], PlaneKind.CARE, row["schema_name"]))
        found.append((row["dispatch_role"], PlaneKind.DISPATCH, None))
        found.append((row["program_role"], PlaneKind.PROGRAM, None))
    for row in await copy.superuser.fetch("SELECT * FROM shared.agency"):
        found.append((row["care_role"], PlaneKind.CARE, row["schema_name"]))
        found.append((row["desk_role"], PlaneKind.DESK, row["schema_name"]))
    return found


async def _tables(copy: Copy) -> list[tuple[str, str]]:
    rows = await copy.superuser.fetch(
        "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema', 'public')"
        " AND nspname NOT LIKE 'pg_toast%'"
    )
    return [(row["nspname"], row["relname"]) for row in rows]


def _allowed(kind: PlaneKind, own_schema: str | None, schema: str, table: str) -> set[str]:
    if schema == "shared":
        granted: Iterable[str] = plane_table.SHARED.get(table, {}).get(kind, ())
    elif schema == own_schema:
        granted = plane_table.TENANT.get(table, {}).get(kind, ())
    else:
        granted = ()
    return {privilege.split(" ")[0] for privilege in granted}


async def test_every_role_has_on_every_table_exactly_what_the_plane_table_says(copy: Copy) -> None:
    tables = await _tables(copy)
    roles = await _roles(copy)
    assert len(tables) > 150
    assert len(roles) > 110
    wrong = []
    for role, kind, own_schema in roles:
        rows = await copy.superuser.fetch(
            """
            SELECT schema, name, privilege,
                has_table_privilege($1, format('%I.%I', schema, name), privilege)
                OR (privilege = ANY($5) AND has_any_column_privilege($1, format('%I.%I', schema, name), privilege))
                AS has,
                has_schema_privilege($1, schema, 'USAGE') AS enters
            FROM unnest($2::text[], $3::text[]) AS t(schema, name), unnest($4::text[]) AS privilege
            """,
            role,
            [schema for schema, _name in tables],
            [name for _schema, name in tables],
            list(PRIVILEGES),
            list(ON_COLUMNS),
        )
        for row in rows:
            is_allowed = row["privilege"] in _allowed(kind, own_schema, row["schema"], row["name"])
            if (row["has"] and row["enters"]) != is_allowed:
                wrong.append((role, row["schema"], row["name"], row["privilege"]))
    assert wrong == []


async def test_tried_for_real_a_role_reads_only_its_own_region_and_schema(world: World) -> None:
    await world.asks(center="redbank")
    await world.asks(center="", region="kansas-city")
    connection = world.copy.superuser
    await connection.fetch("SELECT CAST('{}' AS timestamptz[])")  # looked up once, with what no plane may call
    for role, kind, own_schema in await _roles(world.copy):
        for schema, table in await _tables(world.copy):
            is_allowed = "SELECT" in _allowed(kind, own_schema, schema, table)
            if schema not in {"shared", own_schema} and not table.startswith("request"):
                continue
            columns = ", ".join(SOME_COLUMNS.get((table, kind), ("*",)))
            can_read = True
            try:
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL ROLE {quoted(role)}")
                    rows = await connection.fetch(f"SELECT {columns} FROM {quoted(schema)}.{quoted(table)}")
            except asyncpg.InsufficientPrivilegeError:
                can_read = False
            assert can_read == is_allowed, (role, schema, table)
            if can_read and table in OF_A_REGION and kind is not PlaneKind.DOOR:
                own = await connection.fetchval(
                    "SELECT id FROM shared.region WHERE $1 IN (dispatch_role, program_role)"
                    " UNION SELECT region_id FROM shared.agency WHERE desk_role = $1",
                    role,
                )
                assert {row["region_id"] for row in rows} <= {own}, (role, table)


async def test_the_door_sees_of_the_roster_who_leads_and_who_is_suspended_and_nobody_else(world: World) -> None:
    run = world.copy.superuser.execute
    await run("UPDATE shared.member SET suspended_on = CURRENT_DATE WHERE id = $1", peer_id("ana"))
    try:
        async with world.planes.door() as door:
            leads = (await door.execute(text("SELECT member_id, role FROM shared.membership"))).all()
            suspended = (await door.execute(text("SELECT id FROM shared.member"))).all()
        with pytest.raises(Exception, match="permission denied"):
            async with world.planes.door() as door:
                await door.execute(text("SELECT name FROM shared.member"))
    finally:
        await run("UPDATE shared.member SET suspended_on = NULL WHERE id = $1", peer_id("ana"))
    tried = await world.rows("SELECT id FROM shared.member WHERE region_id <> $1", (await world.heartland()).id)
    assert {(one.member_id, one.role) for one in leads if (one.member_id,) not in tried} == {
        (peer_id(slug), "coordinator") for slug in heartland.COORDINATORS
    }
    assert [one.id for one in suspended] == [peer_id("ana")]


async def test_an_intranet_reads_what_it_shows_of_regions_that_have_set_from_where(world: World) -> None:
    tenants = await world.planes.tenants()
    region, run = tenants.region("heartland"), world.copy.superuser.execute
    sandbox = tenants.sandbox_of(region)
    assert sandbox is not None
    everybody = text("SELECT * FROM shared.shown_peer")
    async with world.planes.intranet() as tx:
        assert (await tx.execute(everybody)).all() == []
    for one in (region.id, sandbox.id):
        await run("INSERT INTO shared.intranet_place VALUES ($1, $1, '{10.4.0.0/16}', '{}')", one)
    async with world.planes.intranet() as tx:
        found = (await tx.execute(everybody)).all()
    assert {row.region_id for row in found} == {region.id}
    assert peer_id("ana") in {row.id for row in found}
    names = ("id", "region_id", "name", "agency_id", "discipline", "languages", "is_on_duty", "photo")
    assert tuple(found[0].keys()) == names
    read = {name for name, grants in plane_table.SHARED.items() if PlaneKind.INTRANET in grants}
    assert read == {"shown_peer", "intranet_place", "region", "agency"}
    assert not [one for name in read for one in plane_table.SHARED[name][PlaneKind.INTRANET] if one != "SELECT"]


async def test_care_inserts_for_its_own_home_and_region_alone(world: World) -> None:
    tenants = await world.planes.tenants()
    mine, foreign = tenants.agency("redbank"), tenants.agency("osprey")
    insert = text("INSERT INTO shared.receipt_route (home_id, lookup_hash, region_id) VALUES (:home, '\\x00', :region)")
    kansas_city = tenants.region("kansas-city")
    for home, region in ((foreign.id, foreign.region_id), (mine.id, kansas_city.id), (kansas_city.id, kansas_city.id)):
        with pytest.raises(Exception, match="row-level security"):
            async with world.planes.care(mine) as care:
                await care.execute(insert, {"home": home, "region": region})


async def test_an_exchange_is_begun_for_oneself_and_never_with_a_sandbox(world: World) -> None:
    tenants = await world.planes.tenants()
    here, kansas_city = await world.heartland(), tenants.region("kansas-city")
    third, sandbox = tenants.region("your-region"), tenants.sandbox_of(here)
    assert sandbox is not None
    begin = text(
        "INSERT INTO shared.exchange (id, region_id, helping_id, urgency, language, state)"
        " VALUES (gen_random_uuid(), :asks, :helps, 'now', 'en', 'requested')"
    )
    for mine, asks, helps in (
        (here, here, sandbox),
        (sandbox, sandbox, here),
        (here, kansas_city, here),
        (here, kansas_city, third),
    ):
        with pytest.raises(Exception, match="row-level security"):
            async with world.planes.dispatch(mine) as dispatch:
                await dispatch.execute(begin, {"asks": asks.id, "helps": helps.id})
    async with world.planes.dispatch(here) as dispatch:
        await dispatch.execute(begin, {"asks": here.id, "helps": kansas_city.id})
    with pytest.raises(Exception, match="permission denied"):
        async with world.planes.dispatch(kansas_city) as dispatch:
            await dispatch.execute(text("UPDATE shared.exchange SET region_id = :it"), {"it": third.id})
    async with world.planes.dispatch(third) as dispatch:
        taken = text("UPDATE shared.exchange SET state = 'closed', outcome = 'taken' RETURNING id")
        assert (await dispatch.execute(taken)).all() == []


async def test_a_statement_outside_of_every_plane_raises(copy: Copy) -> None:
    engine = open_engine(copy.login_url, pool_size=1)
    with pytest.raises(NoPlaneError):
        async with AsyncSession(engine) as session:
            await session.execute(text("SELECT 1"))
    await engine.dispose()


async def test_a_plane_that_the_database_refuses_takes_its_connection_along(copy: Copy) -> None:
    engine = open_engine(copy.login_url, pool_size=1)
    with pytest.raises(PlaneRefusedError):
        async with DeskSession(engine, Plane(PlaneKind.DESK, "nobody_of_this_name")) as session:
            await session.execute(text("SELECT 1"))
    async with DeskSession(engine, Plane(PlaneKind.DOOR, ROLES.group(PlaneKind.DOOR))) as session:
        assert (await session.execute(text("SELECT current_user"))).scalar_one() == "test_door"
    await engine.dispose()


async def test_the_next_user_of_a_connection_inherits_nothing(copy: Copy) -> None:
    engine = open_engine(copy.login_url, pool_size=1)
    seen = []
    for kind in (PlaneKind.DOOR, PlaneKind.QUEUE, PlaneKind.DOOR):
        async with DeskSession(engine, Plane(kind, ROLES.group(kind))) as session:
            seen.append((await session.execute(text("SELECT current_user"))).scalar_one())
            await session.rollback()
    assert seen == ["test_door", "test_queue", "test_door"]
    await engine.dispose()


async def test_the_bare_login_may_read_nothing(copy: Copy) -> None:
    connection = await asyncpg.connect(copy.login_url)
    for schema, table in await _tables(copy):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT 1 FROM {quoted(schema)}.{quoted(table)}")
    await connection.close()


ESCAPES = (
    "SELECT set_config('role', '{role}', true)",
    "DO $$ BEGIN EXECUTE 'SET LOCAL ROLE \"{role}\"'; END $$",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMP TABLE t (x int)",
    "SELECT ts_stat('SELECT to_tsvector(set_config(''role'', ''{role}'', true))')",
    'SELECT 1; SET LOCAL ROLE "{role}"',
)


@pytest.mark.parametrize("escape", ESCAPES)
async def test_one_injected_statement_cannot_change_the_plane(world: World, escape: str) -> None:
    tenants = await world.planes.tenants()
    desk, care = tenants.agency("redbank"), tenants.agency("redbank").care_role
    # RuntimeError: asyncpg prepares every statement, and a prepared one cannot hold two.
    with pytest.raises(Exception, match=r"permission denied|cannot insert multiple commands"):
        async with world.planes.desk(desk) as session:
            await session.execute(text(escape.format(role=care).replace(":", "\\:")))


async def test_the_clock_is_the_databases_and_can_be_pushed_here_alone(world: World) -> None:
    async with world.planes.door() as door:
        before = (await door.execute(text("SELECT shared.clock() - now()"))).scalar_one()
    await world.advance(hours=3)
    async with world.planes.door() as door:
        after = (await door.execute(text("SELECT shared.clock() - now()"))).scalar_one()
    assert (after - before).total_seconds() == 3 * 3600
