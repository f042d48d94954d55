"""The runner: several schemas at a time, each before or after; what fails is named and stops nobody."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.tenancy import migrate, onboarding, runner, trees
from libs.tenancy.onboarding import NewAgency
from libs.tenancy.runner import Progress
from tests import databases, schemas
from tests.databases import ROLES, Addresses, Copy

ROOT = Path(__file__).parents[2]
TENANTS = 52


@pytest.fixture
async def fresh(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database of its own: these tests change every schema."""
    async with databases.copied(addresses, f"{worker_id}_migrations") as made:
        yield made


async def test_every_schema_moves_with_its_version_and_equals_a_new_one(fresh: Copy, tmp_path: Path) -> None:
    tree = schemas.with_a_second_revision(tmp_path)
    steps: list[tuple[int, int, int]] = []
    progress = await runner.upgrade_tenants(
        fresh.owner_url, tree=tree, concurrency=8, on_step=lambda *step: steps.append(step)
    )
    assert progress == Progress(at_head=0, moved=TENANTS)
    assert steps == [(done, TENANTS, 0) for done in range(1, TENANTS + 1)]
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}

    region = await fresh.superuser.fetchval("SELECT id FROM shared.region LIMIT 1")
    async with migrate.owner_connection(fresh.owner_url) as owner:
        new = NewAgency("new", "New", "dispatch", "MO", "X", "Y")
        assert await onboarding.create_agency(owner, ROLES, region, new, tree=tree)
    found = await schemas.fingerprints(fresh.superuser, regions=False)
    assert len(found) == TENANTS - 2 + 1
    assert len(set(found.values())) == 1
    assert len(set((await schemas.fingerprints(fresh.superuser)).values())) == 2  # a region's has no desk
    again = await runner.upgrade_tenants(fresh.owner_url, tree=tree)
    assert again == Progress(at_head=TENANTS + 1, moved=0)


async def test_a_schema_that_fails_is_named_and_stops_nobody(fresh: Copy, tmp_path: Path) -> None:
    broken = await fresh.superuser.fetchval("SELECT schema_name FROM shared.agency WHERE slug = 'redbank'")
    await fresh.superuser.execute(f"INSERT INTO {broken}.setting VALUES ('second', 'a secret of Redbank')")
    tree = schemas.with_a_second_revision(tmp_path)
    before = (await schemas.fingerprints(fresh.superuser))[broken]

    progress = await runner.upgrade_tenants(fresh.owner_url, tree=tree)

    assert progress.moved == TENANTS - 1
    assert [(f.schema, f.name, f.cause) for f in progress.failed] == [
        (broken, "redbank", "UniqueViolationError 23505"),
    ]
    assert (await schemas.fingerprints(fresh.superuser))[broken] == before
    assert (await schemas.versions(fresh.superuser))[broken] == ("0001", "0001")
    await fresh.superuser.execute(f"DELETE FROM {broken}.setting")
    assert await runner.upgrade_tenants(fresh.owner_url, tree=tree) == Progress(at_head=TENANTS - 1, moved=1)


async def test_a_canary_that_fails_leaves_the_others_alone(fresh: Copy, tmp_path: Path) -> None:
    first = await fresh.superuser.fetchval(
        "SELECT schema_name FROM (SELECT schema_name FROM shared.agency UNION SELECT schema_name FROM shared.region) s"
        " ORDER BY schema_name LIMIT 1"
    )
    await fresh.superuser.execute(f"INSERT INTO {first}.setting VALUES ('second', 'x')")
    tree = schemas.with_a_second_revision(tmp_path)

    stopped = await runner.upgrade_tenants(fresh.owner_url, tree=tree, canary=3)
    assert (stopped.moved, len(stopped.failed), stopped.left) == (2, 1, TENANTS - 3)

    await fresh.superuser.execute(f"DELETE FROM {first}.setting")
    went_on = await runner.upgrade_tenants(fresh.owner_url, tree=tree, canary=3)
    assert went_on == Progress(at_head=2, moved=TENANTS - 2)


async def test_a_lock_that_passes_is_waited_for_and_one_that_stays_is_named(fresh: Copy, tmp_path: Path) -> None:
    held = await fresh.superuser.fetch("SELECT schema_name, slug FROM shared.agency ORDER BY slug LIMIT 2")
    passing, staying = held[0]["schema_name"], held[1]["schema_name"]
    tree = schemas.with_a_second_revision(tmp_path)
    async with (
        migrate.owner_connection(fresh.owner_url) as one,
        migrate.owner_connection(fresh.owner_url) as other,
        one.transaction(),
    ):
        await one.execute(f"LOCK TABLE {staying}.setting IN ACCESS SHARE MODE")
        passes = other.transaction()
        await passes.start()
        await other.execute(f"LOCK TABLE {passing}.setting IN ACCESS SHARE MODE")
        running = asyncio.create_task(runner.upgrade_tenants(fresh.owner_url, tree=tree))
        await asyncio.sleep(2.5)  # longer than lock_timeout: the first attempt is over
        await passes.rollback()
        progress = await running
    assert progress.moved == TENANTS - 1
    assert [(f.name, f.cause) for f in progress.failed] == [(held[1]["slug"], "LockNotAvailableError 55P03")]


async def test_connections_that_are_cut_are_opened_again(fresh: Copy, tmp_path: Path) -> None:
    tree = schemas.with_a_second_revision(tmp_path, pause_s=0.02)
    running = asyncio.create_task(runner.upgrade_tenants(fresh.owner_url, tree=tree))
    cut = 0
    for _ in range(3):
        await asyncio.sleep(0.15)
        cut += await fresh.superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = $1 AND datname = current_database()",
            runner.APPLICATION,
        )
    progress = await running
    assert cut >= 4
    assert progress.is_complete
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}


async def test_two_runners_share_the_work_and_move_each_schema_once(fresh: Copy, tmp_path: Path) -> None:
    tree = schemas.with_a_second_revision(tmp_path, pause_s=0.005)
    one, other = await asyncio.gather(*(runner.upgrade_tenants(fresh.owner_url, tree=tree) for _ in range(2)))
    assert one.failed == other.failed == ()
    assert one.moved + other.moved == TENANTS
    assert one.moved + one.at_head == other.moved + other.at_head == TENANTS
    assert min(one.moved, other.moved) > 0
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}


async def test_two_set_ups_of_schema_shared_do_not_hurt_each_other(fresh: Copy) -> None:
    await asyncio.gather(*(migrate.upgrade_shared(fresh.owner_url, ROLES) for _ in range(3)))
    async with migrate.owner_connection(fresh.owner_url) as owner:
        assert await migrate.shared_version(owner) == trees.SHARED.head


async def test_a_schema_newer_than_the_code_is_left_alone(fresh: Copy, tmp_path: Path) -> None:
    await runner.upgrade_tenants(fresh.owner_url, tree=schemas.with_a_second_revision(tmp_path))
    assert await runner.upgrade_tenants(fresh.owner_url) == Progress(at_head=TENANTS, moved=0)
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}


async def test_the_schemas_own_version_has_the_last_word(fresh: Copy) -> None:
    await fresh.superuser.execute("UPDATE shared.agency SET schema_version = '0000' WHERE slug = 'redbank'")
    assert await runner.upgrade_tenants(fresh.owner_url) == Progress(at_head=TENANTS, moved=0)
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0001", "0001")}


async def _owncall(copy: Copy, *words: str) -> tuple[int, str, str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "OWNCALL_OWNER_DATABASE_URL": copy.owner_url,
        "OWNCALL_DATABASE_URL": copy.login_url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "migrate", *words),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_command_plans_tells_and_moves(fresh: Copy) -> None:
    status, said, _ = await _owncall(fresh, "plan")
    assert (status, said.strip()) == (0, "Nothing to do: every schema is at its newest version.")
    await fresh.superuser.execute("UPDATE shared.agency SET schema_version = '0000' WHERE slug = 'redbank'")
    await fresh.superuser.execute("UPDATE shared.alembic_version SET version_num = '0000'")

    (planned, plan, _), (_, told, _) = await asyncio.gather(
        _owncall(fresh, "plan"), _owncall(fresh, "status", "--json")
    )

    assert planned != 0 or "CREATE TABLE request" in plan
    found = json.loads(told)
    assert found["tenants"] == {"0000": 1, "0001": TENANTS - 1}
    assert [behind["name"] for behind in found["behind"]] == ["redbank"]
    assert found["newest"] == {"shared": trees.SHARED.head, "tenants": trees.AGENCY.head}
    await fresh.superuser.execute("UPDATE shared.alembic_version SET version_num = '0001'")
    status, said, _ = await _owncall(fresh, "up", "--concurrency", "2", "--canary", "1")
    assert status == 0
    assert f"{TENANTS} were there, 0 failed" in said
    assert json.loads((await _owncall(fresh, "status", "--json"))[1])["behind"] == []
