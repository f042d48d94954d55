"""`owncall doctor`: each finding, by breaking what it looks at in a database of its own."""

import asyncio
import fcntl
import io
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from rich.console import Console

from libs.tenancy import trees
from libs.tenancy.planes import PlaneKind
from services.cli import doctor, findings
from services.cli.findings import Finding, Standing
from services.cli.settings import Settings
from tests import databases, processes
from tests.databases import ROLES, Addresses, Copy

ROOT = Path(__file__).parents[2]
SOMEBODY_DECIDES = """
    INSERT INTO shared.approver (account_id, region_id, name, is_away)
    SELECT gen_random_uuid(), id, 'Grace', false FROM shared.region WHERE slug = 'heartland'
"""


@pytest.fixture(scope="module")
async def patient(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database to break."""
    async with databases.copied(addresses, f"patient_{worker_id}") as copy, processes.registrar(copy):
        await copy.superuser.execute(SOMEBODY_DECIDES)
        yield copy


@pytest.fixture(autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Break one thing at a time: roles and Redis are the servers', which both workers of a run share."""
    with (tmp_path_factory.getbasetemp().parent / "doctor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _settings(copy: Copy, **others: str) -> Settings:
    told = {
        "database_url": copy.login_url,
        "owner_database_url": copy.owner_url,
        "redis_url": copy.redis_url,
        "public_url": "https://owncall.example",
        **others,
    }
    return Settings(demo=False, **told)  # type: ignore[arg-type]  # pydantic reads the strings


async def _wrong(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in await doctor.examine(settings) if finding.standing != Standing.WELL}


async def test_all_is_well_in_a_fresh_database(patient: Copy) -> None:
    await _lay_revokes(patient)
    found = await doctor.examine(_settings(patient))
    assert [finding for finding in found if finding.standing != Standing.WELL] == []
    assert len(found) == 20
    assert findings.exit_status(found) == 0
    assert {finding.said for finding in found if finding.subject == "revokes"} == {"level: full"}


SOME_CARE = "(SELECT care_role FROM shared.agency LIMIT 1)"
BREAKS = [
    (
        "revokes",
        "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
        "set_config",
    ),
    ("revokes", "GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC", "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", "plpgsql"),
    (
        "revokes",
        f"GRANT USAGE ON LANGUAGE sql TO {ROLES.group(PlaneKind.DOOR)}",
        f"REVOKE USAGE ON LANGUAGE sql FROM {ROLES.group(PlaneKind.DOOR)}",
        "language sql",
    ),
    (
        "revokes",
        "GRANT TEMP ON DATABASE {database} TO PUBLIC",
        "REVOKE TEMP ON DATABASE {database} FROM PUBLIC",
        "temporary tables",
    ),
    ("revokes", "GRANT USAGE ON SCHEMA public TO PUBLIC", "REVOKE USAGE ON SCHEMA public FROM PUBLIC", "public"),
    (
        "revokes",
        "GRANT EXECUTE ON FUNCTION pg_catalog.ts_stat(text) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.ts_stat(text) FROM PUBLIC",
        "functions",
    ),
    (
        "revokes",
        "GRANT SELECT ON pg_catalog.pg_class TO PUBLIC",
        "REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC; GRANT SELECT ({columns}) ON pg_catalog.pg_class TO PUBLIC",
        "pg_class",
    ),
    (
        "server log",
        "ALTER DATABASE {database} SET log_min_duration_statement = 0",
        "ALTER DATABASE {database} RESET log_min_duration_statement",
        "log_min_duration_statement = 0",
    ),
    ("login", "ALTER ROLE test_login INHERIT", "ALTER ROLE test_login NOINHERIT", "INHERIT"),
    ("login", "ALTER ROLE test_login CREATEDB", "ALTER ROLE test_login NOCREATEDB", "CREATEDB"),
    ("login", "ALTER ROLE test_login BYPASSRLS", "ALTER ROLE test_login NOBYPASSRLS", "BYPASSRLS"),
    ("login", "ALTER TABLE shared.event OWNER TO test_login", "ALTER TABLE shared.event OWNER TO test_owner", "owns 1"),
    (
        "login",
        "GRANT pg_signal_backend TO test_login WITH INHERIT TRUE",
        "REVOKE pg_signal_backend FROM test_login",
        "inherits pg_signal_backend",
    ),
    (
        "privileges",
        "GRANT SELECT ON shared.callout TO test_desk",
        "REVOKE SELECT ON shared.callout FROM test_desk",
        "test_desk may SELECT shared.callout",
    ),
    (
        "privileges",
        "REVOKE INSERT ON shared.job FROM test_care",
        "GRANT INSERT ON shared.job TO test_care",
        "test_care may not INSERT shared.job",
    ),
    (
        "privileges",
        "GRANT SELECT (email) ON shared.member TO test_dispatch",
        "REVOKE SELECT (email) ON shared.member FROM test_dispatch",
        "test_dispatch may SELECT shared.member (email)",
    ),
    (
        "privileges",
        "GRANT SELECT ON {tenant}.request TO {desk}",
        "REVOKE SELECT ON {tenant}.request FROM {desk}",
        "{desk} may SELECT {tenant}.request",
    ),
    (
        "privileges",
        "ALTER TABLE shared.page DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE shared.page ENABLE ROW LEVEL SECURITY",
        "no row-level security on page",
    ),
    (
        "privileges",
        "GRANT test_dispatch TO {desk} WITH INHERIT FALSE, SET FALSE",
        "REVOKE test_dispatch FROM {desk}",
        "{desk} acts as test_dispatch",
    ),
    (
        "shared schema",
        "UPDATE shared.alembic_version SET version_num = '0000'",
        f"UPDATE shared.alembic_version SET version_num = '{trees.SHARED.head}'",
        "at 0000",
    ),
    (
        "tenants' schemas",
        "UPDATE shared.agency SET schema_version = '0000' WHERE slug = 'redbank'",
        f"UPDATE shared.agency SET schema_version = '{trees.AGENCY.head}' WHERE slug = 'redbank'",
        "1 behind",
    ),
    ("failed jobs", "{job}, shared.clock(), 'failed')", "DELETE FROM shared.job", "1 were given up"),
    (
        "coordinators",
        (
            "UPDATE shared.member SET agency_id = (SELECT agency_id FROM shared.member WHERE name = 'Jon Castellano')"
            " WHERE name = 'Mara Lindqvist'"
        ),
        (
            "UPDATE shared.member SET agency_id = (SELECT id FROM shared.agency WHERE slug = 'hollowell')"
            " WHERE name = 'Mara Lindqvist'"
        ),
        "work at one agency: roving of Heartland: Kestrel",
    ),
    (
        "reaching coordinators",
        "UPDATE shared.reach SET verified = '{{}}' WHERE peer_id IN (SELECT id FROM shared.member)",
        "UPDATE shared.reach SET verified = '{{mail}}' WHERE peer_id IN (SELECT id FROM shared.member)",
        "none has proven a channel in Heartland",
    ),
    (
        "approvers",
        "UPDATE shared.approver SET is_away = true",
        "UPDATE shared.approver SET is_away = false",
        "nobody is on the rota in Heartland",
    ),
    ("approvers", "DELETE FROM shared.approver", SOMEBODY_DECIDES, "nobody is on the rota in Heartland"),
    ("dispatch", "{job}, shared.clock() - interval '11 s', 'waiting')", "DELETE FROM shared.job", "11 s late"),
]


@pytest.mark.parametrize(("subject", "breaks", "mends", "said"), BREAKS, ids=[f"{row[0]} {row[3]}" for row in BREAKS])
async def test_each_finding_is_found_alone_named_and_gone_when_mended(
    patient: Copy, subject: str, breaks: str, mends: str, said: str
) -> None:
    """Roles are the cluster's and other tests' too: what is done to them is undone at once."""
    await _lay_revokes(patient)
    words = await _words(patient)
    try:
        await patient.superuser.execute(breaks.format(**words))
        wrong = await _wrong(_settings(patient))
    finally:
        await patient.superuser.execute(mends.format(**words))
    assert set(wrong) == {subject}
    assert said.format(**words) in wrong[subject].said
    assert wrong[subject].fix
    assert findings.exit_status(list(wrong.values())) == 1
    assert await _wrong(_settings(patient)) == {}


async def test_a_database_that_is_away_could_not_be_looked_at(patient: Copy) -> None:
    dead = "postgresql://test_login:x@127.0.0.1:1/x"
    wrong = await _wrong(_settings(patient, database_url=dead, owner_database_url=dead))
    assert {subject: finding.standing for subject, finding in wrong.items()} == dict.fromkeys(
        ("database", "isolation", "schemas", "jobs", "registrar", "coordinators", "approvers"), Standing.UNSEEN
    )
    assert all(finding.fix for finding in wrong.values())
    assert findings.exit_status(list(wrong.values())) == 2


async def test_what_was_never_migrated_is_behind_or_unseen_and_nothing_breaks(
    patient: Copy, addresses: Addresses
) -> None:
    await patient.superuser.execute("CREATE DATABASE owncall_bare TEMPLATE template0")
    try:
        bare = {
            name: url.rpartition("/")[0] + "/owncall_bare"
            for name, url in (("database_url", patient.login_url), ("owner_database_url", patient.owner_url))
        }
        wrong = await _wrong(_settings(patient, redis_url=addresses.redis_url, **bare))
    finally:
        await patient.superuser.execute("DROP DATABASE owncall_bare WITH (FORCE)")
    assert wrong["shared schema"].said.startswith("at nothing")
    assert wrong["isolation"].standing == Standing.UNSEEN


async def test_redis_away_or_without_persistence(patient: Copy) -> None:
    wrong = await _wrong(_settings(patient, redis_url="redis://127.0.0.1:1/0"))
    assert {subject: finding.standing for subject, finding in wrong.items()} == {"redis": Standing.UNSEEN}
    redis = Redis.from_url(patient.redis_url)
    try:
        await redis.config_set("appendonly", "no")
        assert set(await _wrong(_settings(patient))) == {"redis persistence"}
    finally:
        await redis.config_set("appendonly", "yes")
        await redis.aclose()


async def test_a_clock_that_is_off_is_found(patient: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    class Skewed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(seconds=30)

    monkeypatch.setattr(doctor, "datetime", Skewed)
    wrong = await _wrong(_settings(patient))
    assert set(wrong) == {"clock"}
    assert wrong["clock"].said.startswith(("29", "30"))


async def test_an_old_server_is_found(patient: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "OLDEST_POSTGRES", 990000)
    assert set(await _wrong(_settings(patient))) == {"version"}


async def test_plain_http_and_a_demonstration_are_found(patient: Copy) -> None:
    assert set(await _wrong(_settings(patient, public_url="http://owncall.example"))) == {"https"}
    settings = _settings(patient).model_copy(update={"demo": True, "public_url": "http://localhost"})
    assert set(await _wrong(settings)) == {"demonstration"}


async def test_without_the_owners_address_it_says_that_it_could_not_look(patient: Copy) -> None:
    wrong = await _wrong(_settings(patient).model_copy(update={"owner_database_url": None}))
    assert set(wrong) == {"approvers", "coordinators", "registrar", "schemas"}
    assert findings.exit_status(list(wrong.values())) == 2


async def test_the_command_answers_in_json_with_a_status_and_no_password(patient: Copy) -> None:
    environment = {
        "PATH": os.defpath,
        "OWNCALL_DATABASE_URL": patient.login_url,
        "OWNCALL_OWNER_DATABASE_URL": patient.owner_url,
        "OWNCALL_REDIS_URL": patient.redis_url,
        "OWNCALL_PUBLIC_URL": "https://owncall.example",
        "OWNCALL_DEMO": "1",
    }
    command = [sys.executable, "-m", "services.cli", "doctor", "--json"]
    done = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE)
    said, complained = await done.communicate()
    assert done.returncode == 1, complained
    assert b"of-the-tests" not in said + complained
    found = {item["subject"]: item for item in json.loads(said)["findings"]}
    assert found["demonstration"]["standing"] == "wrong"
    assert found["demonstration"]["fix"]
    assert found["database"]["standing"] == "well"


def test_without_a_terminal_it_is_plain_lines() -> None:
    paper = Console(file=io.StringIO(), soft_wrap=True, highlight=False)
    well, wrong = (
        Finding("database", Standing.WELL, "answers"),
        Finding("redis", Standing.WRONG, "away", "Bring it up."),
    )
    findings.show([well, wrong], paper, as_json=False)
    assert isinstance(paper.file, io.StringIO)
    assert paper.file.getvalue() == "well   database: answers\nwrong  redis: away\n       Bring it up.\n"


def test_on_a_terminal_it_is_a_table() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=100, no_color=True)
    findings.show([Finding("redis", Standing.WRONG, "away", "Bring it up.")], screen, as_json=False)
    assert isinstance(screen.file, io.StringIO)
    assert "What to do" in screen.file.getvalue()
    assert "Bring it up." in screen.file.getvalue()


async def _lay_revokes(copy: Copy) -> None:
    """Database privileges are not copied with a template; everything else is in it."""
    assert SecretStr(copy.login_url)
    database = await copy.superuser.fetchval("SELECT current_database()")
    await copy.superuser.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')


async def _words(copy: Copy) -> dict[str, str]:
    row = await copy.superuser.fetchrow("SELECT schema_name, desk_role, region_id FROM shared.agency LIMIT 1")
    assert isinstance(row, asyncpg.Record)
    columns = await copy.superuser.fetchval(
        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
        " WHERE attrelid = 'pg_catalog.pg_class'::regclass"
        " AND attnum > 0 AND has_column_privilege('test_login', attrelid, attname, 'SELECT')"
    )
    key = uuid4()
    return {
        "database": f'"{await copy.superuser.fetchval("SELECT current_database()")}"',
        "tenant": row["schema_name"],
        "desk": row["desk_role"],
        "columns": columns,
        "job": "INSERT INTO shared.job (id, kind, key, region_id, subject_id, due_at, state)"
        f" VALUES ('{key}', 'x', '{key}', '{row['region_id']}', '{key}'",
    }
