"""`owncall doctor`: looks at everything that OwnCall stands on, and says what to do about what it finds.

Each look gives findings; one that cannot be made is a finding too, as not knowing is not the same as well.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs.jobs import watch
from libs.peer.agencies.making import APPLICATION
from libs.peer.agencies.queries import LATE_S as ONBOARDING_LATE_S
from libs.peer.approvals import queries as approvals
from libs.peer.reaching import queries as reaching
from libs.peer.teams import queries as teams
from libs.telemetry.alarm import LATE_S
from libs.tenancy import away, migrate, names, trees
from libs.tenancy.engine import open_engine
from libs.tenancy.errors import DatabaseAwayError, TenancyError
from libs.tenancy.transactions import Planes
from services.cli import doctor_home, isolation
from services.cli.doctor_home import Local
from services.cli.findings import Finding, Standing, judge
from services.cli.settings import Settings

OLDEST_POSTGRES = 170000
SKEW_S = 2.0
_WITHIN_S = 10.0
QUIET = {
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
}
"""What keeps statements and values out of the server's own log (security, "Leaks that this stack has by default")."""
_UNSEEN = (*away.FAILURES, TenancyError)


Look = Callable[[Settings], Awaitable[list[Finding]]]


async def examine(settings: Settings, local: Local | None = None) -> list[Finding]:
    """Look at everything; whatever fails, the other looks go on.

    Args:
        settings: addresses and the rest, from the environment or a local run.
        local: the home of `make run` when that is what is examined; its findings come first.
    """
    findings = [] if local is None else doctor_home.examine(local)
    if local is not None and settings.database_url is None:
        return findings  # nothing runs there, and nothing else was named
    looks: tuple[tuple[str, Look], ...] = (
        ("settings", partial(_settings, is_local=local is not None and local.run is not None)),
        ("database", _database),
        ("isolation", _isolation),
        ("schemas", _schemas),
        ("jobs", _jobs),
        ("registrar", _registrar),
        ("coordinators", _coordinators),
        ("approvers", _approvers),
        ("redis", _redis),
    )
    for subject, look in looks:
        try:
            async with asyncio.timeout(_WITHIN_S):
                findings += await look(settings)
        except _UNSEEN as error:
            why = error.cause if isinstance(error, DatabaseAwayError) else type(error).__name__
            findings.append(Finding(subject, Standing.UNSEEN, f"could not be looked at: {why}", _REACH[subject]))
    return findings


_REACH = {
    "settings": "",
    "database": "Bring the database up, or correct OWNCALL_DATABASE_URL.",
    "isolation": "Bring the database up, or correct OWNCALL_DATABASE_URL; an empty one needs `owncall migrate up`.",
    "schemas": "Set OWNCALL_OWNER_DATABASE_URL to the owner's address, as for `owncall migrate`.",
    "jobs": "Bring the database up; an empty one needs `owncall migrate up`.",
    "registrar": "Set OWNCALL_OWNER_DATABASE_URL to the owner's address, as for `owncall migrate`.",
    "coordinators": "Set OWNCALL_OWNER_DATABASE_URL to the owner's address, as for `owncall migrate`.",
    "approvers": "Set OWNCALL_OWNER_DATABASE_URL to the owner's address, as for `owncall migrate`.",
    "redis": "Bring Redis up, or correct OWNCALL_REDIS_URL.",
}


async def _settings(settings: Settings, *, is_local: bool) -> list[Finding]:
    is_secure = settings.public_url.startswith("https://")
    return [
        judge(
            "https",
            is_well=is_secure or settings.demo,
            said="people reach us over TLS" if is_secure else "OWNCALL_PUBLIC_URL does not begin with https://",
            fix="Set OWNCALL_PUBLIC_URL to the https address that people type.",
        ),
        judge(
            "demonstration",
            is_well=not settings.demo or is_local,
            said="on: sign-in links are printed" if settings.demo else "off",
            fix="Unset OWNCALL_DEMO, unless this is a demonstration on your own machine.",
        ),
    ]


async def _database(settings: Settings) -> list[Finding]:
    connection: asyncpg.Connection = await asyncpg.connect(_login(settings), timeout=5)
    try:
        before = datetime.now(UTC)  # noqa: TID251 - this machine's own clock is what is being compared
        rows = await connection.fetch(
            "SELECT clock_timestamp(), current_setting('server_version_num')::int, current_setting('server_version')"
        )
        after = datetime.now(UTC)  # noqa: TID251 - as above
        told = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in QUIET}
    finally:
        await connection.close()
    said, number, version = rows[0]
    skew_s = max((before - said).total_seconds(), (said - after).total_seconds(), 0.0)
    return [
        Finding("database", Standing.WELL, "answers"),
        judge(
            "version",
            is_well=number >= OLDEST_POSTGRES,
            said=f"PostgreSQL {version}",
            fix="OwnCall needs PostgreSQL 17 or newer: upgrade the server.",
        ),
        judge(
            "server log",
            is_well=told == QUIET,
            said=_few([f"{name} = {value}" for name, value in told.items() if value != QUIET[name]])
            or "keeps no values",
            fix="As a superuser: " + " ".join(f"ALTER SYSTEM SET {name} = '{value}';" for name, value in QUIET.items()),
        ),
        judge(
            "clock",
            is_well=skew_s <= SKEW_S,
            said=f"{skew_s:.1f} s between this machine and the database",
            fix="Let both take their time from NTP: deadlines are kept by the database's clock.",
        ),
    ]


async def _isolation(settings: Settings) -> list[Finding]:
    """Look at what keeps the promise inside the database, as the login itself: what it can, is what matters."""
    url = _login(settings)
    engine = open_engine(url, pool_size=1, application="owncall-doctor")
    try:
        async with Planes(engine, names.of_login(url)).door() as door:
            revokes = await isolation.missing_revokes(door)
            login = await isolation.powers_of_login(door)
            privileges = await isolation.odd_privileges(door, names.of_login(url))
    finally:
        await engine.dispose()
    return [
        judge(
            "revokes",
            is_well=not revokes,
            said=f"level: {isolation.level(revokes)}" + (f"; open: {_few(revokes)}" if revokes else ""),
            fix="Run `owncall database create` as a superuser. Managed PostgreSQL may not allow all of them; an "
            "injected statement then meets row-level security and one role alone.",
        ),
        judge(
            "login",
            is_well=not login,
            said=_few(login) or "NOINHERIT, owns nothing",
            fix="Run `owncall database create` as a superuser; give what it owns to the owner (REASSIGN OWNED).",
        ),
        judge(
            "privileges",
            is_well=not privileges,
            said=_few(privileges) or "equal the plane table",
            fix="Run `owncall migrate up`, which lays the plane table on schema shared; revoke by hand what is left.",
        ),
    ]


async def _schemas(settings: Settings) -> list[Finding]:
    if settings.owner_database_url is None:
        raise ConnectionError
    async with migrate.owner_connection(settings.owner_database_url.get_secret_value()) as owner:
        shared = await migrate.shared_version(owner)
        behind = 0
        if shared is not None:
            versions = await owner.fetch(
                "SELECT schema_version FROM shared.region UNION ALL SELECT schema_version FROM shared.agency"
            )
            behind = sum(trees.AGENCY.is_behind(row["schema_version"]) for row in versions)
    return [
        judge(
            "shared schema",
            is_well=shared is not None and not trees.SHARED.is_behind(shared),
            said=f"at {shared or 'nothing'}, the code expects {trees.SHARED.head}",
            fix="Run `owncall migrate up`.",
        ),
        judge(
            "tenants' schemas",
            is_well=not behind,
            said=f"{behind} behind" if behind else "none behind",
            fix="Run `owncall migrate up`; `owncall migrate status` lists them.",
        ),
    ]


async def _jobs(settings: Settings) -> list[Finding]:
    url = _login(settings)
    engine = open_engine(url, pool_size=1, application="owncall-doctor")
    try:
        async with Planes(engine, names.of_login(url)).queue() as queue:
            _count, oldest_s = await watch.due(queue)
            failed = await watch.failed(queue)
    finally:
        await engine.dispose()
    is_late = oldest_s > LATE_S
    return [
        judge(
            "dispatch",
            is_well=not is_late,
            said=f"the oldest due job is {oldest_s:.0f} s late" if is_late else "on time",
            fix="Is a worker running, and does it reach the database? Start it again.",
        ),
        judge(
            "failed jobs",
            is_well=not failed,
            said=f"{failed} were given up" if failed else "none",
            fix="Find `job_given_up` in the worker's log, mend the cause, then put them back as docs/runbook.md says.",
        ),
    ]


async def _registrar(settings: Settings) -> list[Finding]:
    """Look for its connection, and for what it should have taken up."""
    if settings.owner_database_url is None:
        raise ConnectionError
    async with migrate.owner_connection(settings.owner_database_url.get_secret_value()) as owner:
        is_there = await owner.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database())",
            APPLICATION,
        )
        counts = await owner.fetchrow(
            """
            SELECT count(*) FILTER (WHERE outcome = 'waiting' AND due_at < shared.clock() - make_interval(secs => $1)),
                   count(*) FILTER (WHERE outcome = 'failed')
            FROM shared.onboarding
            """,
            ONBOARDING_LATE_S,
        )
    late, failed = counts or (0, 0)
    said = "runs" if is_there else "does not run"
    return [
        judge(
            "registrar",
            is_well=is_there and not late,
            said=f"{said}; {late} onboardings wait for more than {ONBOARDING_LATE_S:.0f} s" if late else said,
            fix="Start `python -m services.registrar` with OWNCALL_OWNER_DATABASE_URL; its log says what it lacks.",
        ),
        judge(
            "onboardings",
            is_well=not failed,
            said=f"{failed} were given up" if failed else "none given up",
            fix="Find `onboarding_failed` in the registrar's log and mend the cause; the program manager asks again.",
        ),
    ]


async def _coordinators(settings: Settings) -> list[Finding]:
    """Look for teams whose coordinators work at one agency: for whoever asks from there, nobody may step in."""
    if settings.owner_database_url is None:
        raise ConnectionError
    async with migrate.owner_connection(settings.owner_database_url.get_secret_value()) as owner:
        found = [f"{row['team']} of {row['region']}: {row['center']}" for row in await owner.fetch(teams.SAME_CENTER)]
        unproven = [str(row["name"]) for row in await owner.fetch(reaching.UNPROVEN)]
    return [
        judge(
            "coordinators",
            is_well=not found,
            said=f"work at one agency: {_few(found)}" if found else "of a team work at different agencies",
            fix="The program manager lets somebody from another agency coordinate that team, too: /program/roster.",
        ),
        judge(
            "reaching coordinators",
            is_well=not unproven,
            said=f"none has proven a channel in {_few(unproven)}" if unproven else "are reached in every region",
            fix="A coordinator of that region asks for a code and types it in: /peer/limits.",
        ),
    ]


async def _approvers(settings: Settings) -> list[Finding]:
    """Look for regions of whose managers nobody is in turn to decide on requests from outside."""
    if settings.owner_database_url is None:
        raise ConnectionError
    async with migrate.owner_connection(settings.owner_database_url.get_secret_value()) as owner:
        found = [str(row["name"]) for row in await owner.fetch(approvals.NO_APPROVER)]
    return [
        judge(
            "approvers",
            is_well=not found,
            said=f"nobody is on the rota in {_few(found)}" if found else "somebody is in turn in every region",
            fix="A program manager of that region takes part in deciding, or is back: /program.",
        )
    ]


async def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        raise ConnectionError
    redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=3, socket_connect_timeout=3)
    try:
        kept: dict[str, Any] = await redis.info("persistence")
    except RedisError as error:
        raise ConnectionError from error
    finally:
        await redis.aclose()
    is_kept = bool(kept.get("aof_enabled")) and kept.get("aof_last_write_status") == "ok"
    return [
        Finding("redis", Standing.WELL, "answers"),
        judge(
            "redis persistence",
            is_well=is_kept,
            said="append-only file" if is_kept else "nothing survives a restart",
            fix="Set `appendonly yes`. No request is lost without it, but periodic work may be late by a beat.",
        ),
    ]


def _login(settings: Settings) -> str:
    if settings.database_url is None:
        raise ConnectionError
    return settings.database_url.get_secret_value()


def _few(found: list[str]) -> str:
    shown = ", ".join(found[:3])
    return f"{shown} and {len(found) - 3} more" if len(found) > 3 else shown  # noqa: PLR2004 - a line's worth
