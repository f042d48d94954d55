"""T21: the runner killed in the middle of a migration, again and again; no schema is ever between two versions."""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from libs.tenancy import migrate, onboarding, runner
from libs.tenancy.onboarding import NewAgency
from libs.tenancy.trees import Tree
from tests import databases, schemas
from tests.databases import ROLES, Addresses, Copy
from tests.verify import record

ROOT = Path(__file__).parents[2]
TENANTS, KILLS = record.size(200, 20), record.size(20, 3)
_UP = """
import sys
from pathlib import Path
from libs.tenancy.trees import Tree
from services.cli import migrate
from services.cli.settings import Settings
migrate.up(Settings(), concurrency=4, tree=Tree(Path(sys.argv[1])))
"""
"""`owncall migrate up`, with a tree that is no part of the product."""


async def _start(copy: Copy, tree: Path) -> asyncio.subprocess.Process:
    environment = {
        "PATH": "/usr/bin:/bin",
        "OWNCALL_OWNER_DATABASE_URL": copy.owner_url,
        "OWNCALL_DATABASE_URL": copy.login_url,
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _UP, str(tree)), cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )


async def _moved(copy: Copy) -> int:
    return int(
        await copy.superuser.fetchval(
            "SELECT (SELECT count(*) FROM shared.agency WHERE schema_version = '0002')"
            " + (SELECT count(*) FROM shared.region WHERE schema_version = '0002')"
        )
    )


async def _in_hand(copy: Copy) -> int:
    """How many schemas the runner has in an open transaction at this moment."""
    return int(
        await copy.superuser.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND xact_start IS NOT NULL"
            " AND datname = current_database()",
            runner.APPLICATION,
        )
    )


async def _onboard(copy: Copy, tree: Tree) -> None:
    """Onboard the tenants at the first revision, and one at the second for the others to be compared with."""
    region = await copy.superuser.fetchval("SELECT id FROM shared.region LIMIT 1")
    async with migrate.owner_connection(copy.owner_url) as owner:
        for number in range(TENANTS):
            new = NewAgency(f"t21-{number}", "Test", "dispatch", "MO", "X", "Y")
            assert await onboarding.create_agency(owner, ROLES, region, new)
        new = NewAgency("t21-new", "New", "dispatch", "MO", "X", "Y")
        assert await onboarding.create_agency(owner, ROLES, region, new, tree=tree)


@pytest.mark.timeout(600)
async def test_migrations_killed_in_the_middle_resume_and_leave_no_schema_between(
    addresses: Addresses, worker_id: str, tmp_path: Path
) -> None:
    tree = schemas.with_a_second_revision(tmp_path, pause_s=0.05)
    async with databases.copied(addresses, f"{worker_id}_killed") as copy:
        await _onboard(copy, tree)
        regions = {row[0] for row in await copy.superuser.fetch("SELECT schema_name FROM shared.region")}
        before = await schemas.fingerprints(copy.superuser)
        fresh = await copy.superuser.fetchval("SELECT schema_name FROM shared.agency WHERE slug = 't21-new'")
        new_print = before.pop(fresh)
        old_print = dict(before)
        assert len(set(old_print.values())) == 2  # agencies, and regions, which have no desk

        in_hand, started = 0, time.monotonic()
        for kill in range(KILLS):
            process = await _start(copy, tree.folder)
            aim = 1 + len(before) * (kill + 1) // (KILLS + 1)
            async with asyncio.timeout(60):
                while await _moved(copy) < aim or not await _in_hand(copy):
                    assert process.returncode is None
                    await asyncio.sleep(0.01)
            in_hand += await _in_hand(copy)
            process.kill()
            await process.wait()
            found, versions = await schemas.fingerprints(copy.superuser), await schemas.versions(copy.superuser)
            for schema in before:
                assert versions[schema] in {("0001", "0001"), ("0002", "0002")}
                is_old = versions[schema] == ("0001", "0001")
                assert (found[schema] == old_print[schema]) is is_old, schema
        assert in_hand >= KILLS
        last = await _start(copy, tree.folder)
        assert await last.wait() == 0
        seconds = time.monotonic() - started

        found, versions = await schemas.fingerprints(copy.superuser), await schemas.versions(copy.superuser)
        assert set(versions.values()) == {("0002", "0002")}
        agencies = {text for schema, text in found.items() if schema not in regions}
        assert agencies == {new_print}
        assert len({found[schema] for schema in regions}) == 1
        once = Counter([await copy.superuser.fetchval(f"SELECT count(*) FROM {schema}.setting") for schema in found])
        assert once == {1: len(found)}
    record.note("T21", f"{len(before)} schemas migrated, killed {KILLS} times", f"0 of {len(before)} between versions")
    record.note(
        "T21", "schemas in open transactions at the kills", f"{in_hand}, each before or after, in {seconds:.0f} s"
    )
