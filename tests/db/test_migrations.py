"""The runner: several schemas at a time, each before or after; what fails is named and stops nobody."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from libs.tenancy import migrate, onboarding, runner, trees
from libs.tenancy.onboarding import NewAgency
from libs.tenancy.runner import Patience, Progress
from libs.tenancy.trees import Tree
from services.cli import migrate as migrations
from services.cli.app import cli
from services.cli.settings import Settings
from tests import databases, schemas
from tests.databases import ROLES, Addresses, Copy

REGIONS = 4
"""Three, and the sandbox of one."""
TENANTS = 52 + REGIONS


@pytest.fixture
async def fresh(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database of its own: these tests change every schema."""
    async with databases.copied(addresses, f"{worker_id}_migrations") as made:
        yield made


@pytest.fixture
async def redbank_behind(copy: Copy) -> AsyncIterator[str]:
    """Redbank's schema, of which the directory says that it is older than the code."""
    await copy.superuser.execute("UPDATE shared.agency SET schema_version = '0000' WHERE slug = 'redbank'")
    yield str(await copy.superuser.fetchval("SELECT schema_name FROM shared.agency WHERE slug = 'redbank'"))
    await copy.superuser.execute(
        "UPDATE shared.agency SET schema_version = $1 WHERE slug = 'redbank'", trees.AGENCY.head
    )


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
    assert len(found) == TENANTS - REGIONS + 1
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
        patience = Patience(lock_timeout_s=0.2, attempts=4, pause_s=0.2)
        running = asyncio.create_task(runner.upgrade_tenants(fresh.owner_url, tree=tree, patience=patience))
        await asyncio.sleep(0.6)  # longer than lock_timeout: the first attempt is over
        await passes.rollback()
        progress = await running
    assert progress.moved == TENANTS - 1
    assert [(f.name, f.cause) for f in progress.failed] == [(held[1]["slug"], "LockNotAvailableError 55P03")]


async def test_connections_that_are_cut_are_opened_again(fresh: Copy, tmp_path: Path) -> None:
    tree = schemas.with_a_second_revision(tmp_path, pause_s=0.02)
    running = asyncio.create_task(runner.upgrade_tenants(fresh.owner_url, tree=tree))
    cut = 0
    for _ in range(6):
        await asyncio.sleep(0.12)
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
    tree = schemas.with_a_second_revision(tmp_path, pause_s=0.04)
    one, other = await asyncio.gather(*(runner.upgrade_tenants(fresh.owner_url, tree=tree) for _ in range(2)))
    assert one.failed == other.failed == ()
    assert one.moved + other.moved == TENANTS
    assert one.moved + one.at_head == other.moved + other.at_head == TENANTS
    assert min(one.moved, other.moved) > 0
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}


async def test_two_set_ups_of_schema_shared_do_not_hurt_each_other(copy: Copy) -> None:
    await asyncio.gather(*(migrate.upgrade_shared(copy.owner_url, ROLES) for _ in range(3)))
    async with migrate.owner_connection(copy.owner_url) as owner:
        assert await migrate.shared_version(owner) == trees.SHARED.head


async def test_schema_shared_newer_than_the_code_is_left_alone(copy: Copy) -> None:
    acl = """
        SELECT string_agg(relacl::text, ' ' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'shared'::regnamespace
    """
    await copy.superuser.execute("UPDATE shared.alembic_version SET version_num = '9999'")
    try:
        before = await copy.superuser.fetchval(acl)
        await migrate.upgrade_shared(copy.owner_url, ROLES)
        assert await copy.superuser.fetchval(acl) == before
        assert await copy.superuser.fetchval("SELECT version_num FROM shared.alembic_version") == "9999"
    finally:
        await copy.superuser.execute("UPDATE shared.alembic_version SET version_num = $1", trees.SHARED.head)


async def test_schema_shared_waits_for_a_lock_and_says_which_class_of_failure_it_met(
    fresh: Copy, tmp_path: Path
) -> None:
    shutil.copytree(trees.SHARED.folder, tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    head = trees.SHARED.head
    following, last = (f"{int(head) + number:04d}" for number in (1, 2))
    (tmp_path / "shared" / "versions" / f"{following}_following.py").write_text(
        f'from alembic import op\nrevision = "{following}"\ndown_revision = "{head}"\n\n\n'
        'def upgrade():\n    op.execute("ALTER TABLE shared.event ADD COLUMN odd text")\n'
    )
    tree = Tree(tmp_path / "shared")
    async with migrate.owner_connection(fresh.owner_url) as other:
        held = other.transaction()
        await held.start()
        await other.execute("LOCK TABLE shared.event IN ACCESS SHARE MODE")
        running = asyncio.create_task(migrate.upgrade_shared(fresh.owner_url, ROLES, tree=tree))
        await asyncio.sleep(migrate.LOCK_TIMEOUT_S + 0.3)  # the first attempt is over
        assert not running.done()
        await held.rollback()
        await running
    async with migrate.owner_connection(fresh.owner_url) as owner:
        assert await migrate.shared_version(owner) == following
    (tmp_path / "shared" / "versions" / f"{last}_last.py").write_text(
        f'from alembic import op\nrevision = "{last}"\ndown_revision = "{following}"\n\n\n'
        'def upgrade():\n    op.execute("INSERT INTO shared.event (id) VALUES (gen_random_uuid())")\n'
    )
    with pytest.raises(DBAPIError) as failed:
        await migrate.upgrade_shared(fresh.owner_url, ROLES, tree=Tree(tmp_path / "shared"))
    assert runner.cause_of(failed.value.orig or failed.value) == "NotNullViolationError 23502"


async def test_a_database_out_of_reach_is_one_sentence(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    for url, words in (
        ("postgresql://x_owner:x@127.0.0.1:1/x", "out of reach (ConnectionRefusedError)"),
        (copy.owner_url.replace(":of-the-tests@", ":wrong@"), "The database refused: InvalidPasswordError 28P01"),
    ):
        settings = Settings(owner_database_url=SecretStr(url), database_url=SecretStr(copy.login_url))
        for command in (migrations.up, migrations.plan):
            with pytest.raises(typer.Exit):
                await asyncio.to_thread(command, settings)
            assert words in capsys.readouterr().err


async def test_a_schema_newer_than_the_code_is_left_alone(fresh: Copy, tmp_path: Path) -> None:
    await runner.upgrade_tenants(fresh.owner_url, tree=schemas.with_a_second_revision(tmp_path))
    assert await runner.upgrade_tenants(fresh.owner_url) == Progress(at_head=TENANTS, moved=0)
    assert set((await schemas.versions(fresh.superuser)).values()) == {("0002", "0002")}


async def test_the_schemas_own_version_has_the_last_word(copy: Copy, redbank_behind: str) -> None:
    progress = await runner.upgrade_tenants(copy.owner_url)
    assert (progress.moved, progress.failed) == (0, ())
    assert (await schemas.versions(copy.superuser))[redbank_behind] == ("0001", "0001")


def _settings(copy: Copy) -> Settings:
    return Settings(owner_database_url=SecretStr(copy.owner_url), database_url=SecretStr(copy.login_url))


async def test_the_plan_shows_the_sql_its_locks_and_its_doubts(
    copy: Copy, redbank_behind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = schemas.SECOND + '    op.execute("CREATE INDEX setting_changed_on_idx ON setting (changed_on)")\n'
    tree = schemas.with_a_second_revision(tmp_path, second=second)

    await asyncio.to_thread(migrations.plan, _settings(copy), tree=tree)

    said = capsys.readouterr().out
    assert "1 tenants' schemas, 0000 to 0002" in said
    assert "This code does not know version 0000" in said
    assert "tenants' schemas, 0001 to 0002" in said
    assert "ALTER TABLE setting ADD COLUMN changed_on date;" in said
    assert "Lock: ALTER TABLE setting ADD COLUMN changed_on date -> ACCESS EXCLUSIVE lock" in said
    assert "Lock: CREATE INDEX setting_changed_on_idx ON setting (changed_on) -> SHARE lock" in said
    assert "Doubt: require-concurrent-index-creation" in said
    assert (await schemas.versions(copy.superuser))[redbank_behind] == ("0001", "0000")  # it changed nothing


async def test_the_command_says_what_failed_and_ends_with_1(
    fresh: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = await fresh.superuser.fetchval("SELECT schema_name FROM shared.agency WHERE slug = 'redbank'")
    await fresh.superuser.execute(f"INSERT INTO {broken}.setting VALUES ('second', 'a secret of Redbank')")
    tree = schemas.with_a_second_revision(tmp_path)
    with pytest.raises(typer.Exit) as ended:
        await asyncio.to_thread(migrations.up, _settings(fresh), tree=tree)
    said = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert f"{TENANTS - 1} moved to 0002" in said.out
    assert f"{broken} (redbank): UniqueViolationError 23505" in said.err
    assert "secret" not in said.out + said.err


async def test_the_command_tells_who_is_behind_and_brings_them_up(copy: Copy, redbank_behind: str) -> None:
    environment = {"OWNCALL_OWNER_DATABASE_URL": copy.owner_url, "OWNCALL_DATABASE_URL": copy.login_url}

    async def owncall(*words: str) -> str:
        done = await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["migrate", *words], env=environment))
        assert done.exit_code == 0
        return done.output

    found = json.loads(await owncall("status", "--json"))
    assert found["tenants"]["0000"] == 1
    assert [(behind["schema"], behind["name"]) for behind in found["behind"]] == [(redbank_behind, "redbank")]
    assert found["newest"] == {"shared": trees.SHARED.head, "tenants": trees.AGENCY.head}
    assert "Behind: agency redbank" in await owncall("status")
    assert "0 failed, 0 not tried" in await owncall("up", "--concurrency", "2", "--canary", "1")
    assert json.loads(await owncall("status", "--json"))["behind"] == []
    assert "Nothing to do: every schema is at its newest version." in await owncall("plan")
