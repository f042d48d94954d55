"""Databases of the test rig."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from libs.tenancy import foundation, migrate, names, trees
from libs.tenancy.engine import open_engine
from libs.tenancy.foundation import Passwords
from libs.tenancy.transactions import Planes
from services.cli import demo, registry
from tests.settings import TestSettings

TEMPLATE = "owncall_template"
ROLES = names.RoleNames("test")
_PASSWORD = "of-the-tests"  # noqa: S105 - the servers live for one run, on loopback
TODAY: date = datetime.now(UTC).date()  # noqa: TID251 - the cast's dates count from the day of the run

# Every story begins in the morning of the middle of the country, whatever hour it is where the tests run: many a rule
# asks for the hour and the day there, and what is due at eight must be so by day and by night.
_MORNING = f"'{TODAY} 16:00+00'::timestamptz - now()"

_PUSHABLE_CLOCK = f"""
    CREATE TABLE public.test_clock (pushed interval NOT NULL);
    INSERT INTO public.test_clock SELECT {_MORNING} - interval '5 minutes';
    CREATE OR REPLACE FUNCTION shared.clock() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
        AS 'SELECT now() + pushed FROM public.test_clock';
    ALTER FUNCTION shared.clock() OWNER TO CURRENT_USER;
"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The run's servers."""

    superuser_url: str
    redis_url: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One process's database."""

    superuser_url: str
    owner_url: str
    login_url: str
    redis_url: str
    superuser: asyncpg.Connection

    async def push_clock(self, by: timedelta) -> None:
        """Let time pass, for every connection of every process."""
        await self.superuser.execute("UPDATE public.test_clock SET pushed = pushed + $1", by)

    async def copy_member(self, **instead: object) -> None:
        """Copy some member of the roster, with other values in some columns (what is generated cannot be copied)."""
        rows = await self.superuser.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'shared'"
            " AND table_name = 'member' AND is_generated = 'NEVER' AND column_name <> ALL ($1)",
            list(instead),
        )
        kept = ", ".join(row[0] for row in rows)
        given = ", ".join(f"${number}" for number in range(1, len(instead) + 1))
        statement = f"INSERT INTO shared.member ({', '.join(instead)}, {kept}) SELECT {given}, {kept}"
        await self.superuser.execute(f"{statement} FROM shared.member LIMIT 1", *instead.values())

    async def empty(self) -> None:
        """Forget every request; reference data, roster and accounts stay, and everybody is reached by mail."""
        await self.superuser.execute(
            f"""
            TRUNCATE shared.incident, shared.deployment, shared.slot, shared.invitation, shared.run_card,
                shared.response_window, shared.hard_call_rule, shared.station, shared.private_offer, shared.kept_answer;
            TRUNCATE shared.callout, shared.copy, shared.offer, shared.page, shared.receipt_route, shared.decision,
                shared.approval, shared.approver, shared.agreement, shared.exchange, shared.follow_up,
                shared.job, shared.event, shared.sign_in, shared.passkey, shared.challenge, shared.account_news,
                shared.sign_on_provider, shared.sign_on_identity, shared.sign_on_attempt, shared.sign_on_logout,
                shared.provisioning_token, shared.desk_person,
                shared.paging_policy, shared.contact_attempt,
                shared.time_mark, shared.time_figure, shared.unanswered,
                shared.schedule, shared.calendar_feed, shared.swap_notice, shared.webhook_endpoint,
                shared.away, shared.own_limits, shared.limit_policy, shared.drive, shared.contact_cell,
                shared.channel_code, shared.intranet_place, shared.not_shown, shared.photo CASCADE;
            UPDATE shared.reach SET verified = '{{mail}}', seen_at = NULL;
            DELETE FROM shared.account WHERE provider_id IS NOT NULL OR is_provisioned;
            UPDATE public.test_clock SET pushed = {_MORNING}
            """
        )


async def make_template(superuser_url: str) -> None:
    """Make the template: foundation, migrations, the registry's file, both regions, the cast."""
    await _recreate(superuser_url, TEMPLATE, template="template0")
    owner_url, login_url = _url(superuser_url, TEMPLATE, ROLES.owner), _url(superuser_url, TEMPLATE, ROLES.login)
    connection: asyncpg.Connection = await asyncpg.connect(_url(superuser_url, TEMPLATE))
    try:
        await foundation.lay(connection, ROLES, Passwords(owner=_PASSWORD, login=_PASSWORD))
        await migrate.upgrade_shared(owner_url, ROLES)
        async with migrate.owner_connection(owner_url) as owner:
            await registry.import_file(owner, demo.REGISTRY_FILE)
            await demo.lay_regions(owner, ROLES)
        engine = open_engine(login_url, pool_size=1)
        await demo.seed(Planes(engine, ROLES), TODAY)
        await engine.dispose()
        await connection.execute(_PUSHABLE_CLOCK)
        # What the demonstration's people asked for is done by a worker there; here it would be long overdue.
        await connection.execute("DELETE FROM shared.job")
        # Tests ask more in an hour than a region does in a year; the stories of a flood set it back.
        await connection.execute("UPDATE shared.region SET flood_from = 1000000")
    finally:
        await connection.close()


async def at_version(addresses: Addresses, name: str, revision: str) -> tuple[str, str]:
    """Make a database whose schema `shared` is as old as that; returns its address for the owner and a superuser."""
    database = f"owncall_{name}"
    await _recreate(addresses.superuser_url, database, template="template0")
    superuser_url = _url(addresses.superuser_url, database)
    owner_url = _url(addresses.superuser_url, database, ROLES.owner)
    connection: asyncpg.Connection = await asyncpg.connect(superuser_url)
    everywhere: asyncpg.Connection = await asyncpg.connect(addresses.superuser_url)
    await everywhere.execute("SELECT pg_advisory_lock(1)")  # the roles are of all databases, and laid one at a time
    await foundation.lay(connection, ROLES, Passwords(owner=_PASSWORD, login=_PASSWORD))
    await everywhere.close()
    await connection.close()
    async with migrate.owner_connection(owner_url) as raw:
        await raw.execute(migrate.render(revision, tree=trees.SHARED))
    return owner_url, superuser_url


@asynccontextmanager
async def copied(addresses: Addresses, name: str) -> AsyncIterator[Copy]:
    """Copy the template for one test process."""
    database = f"owncall_{name}"
    await _recreate(addresses.superuser_url, database, template=TEMPLATE)
    url = _url(addresses.superuser_url, database)
    connection: asyncpg.Connection = await asyncpg.connect(url)
    # Database privileges are not copied with a template.
    await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {ROLES.login}, {ROLES.owner}')
    await connection.execute(f'GRANT CREATE ON DATABASE "{database}" TO {ROLES.owner}')
    try:
        yield Copy(
            superuser_url=url,
            owner_url=_url(addresses.superuser_url, database, ROLES.owner),
            login_url=_url(addresses.superuser_url, database, ROLES.login),
            redis_url=addresses.redis_url,
            superuser=connection,
        )
    finally:
        await connection.close()


def chromium_or_skip() -> str:
    """Return the path of Debian's Chromium.

    Raises:
        Skipped: there is none, and the run does not insist on one.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if TestSettings().require_browser:
            pytest.fail("OWNCALL_REQUIRE_BROWSER is set and no Chromium was found")
        pytest.skip("no Chromium here; `apt install chromium` lets the browser tests run")
    return found


async def _recreate(superuser_url: str, database: str, *, template: str) -> None:
    connection: asyncpg.Connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    finally:
        await connection.close()


def _url(superuser_url: str, database: str, user: str | None = None) -> str:
    parts = urlsplit(superuser_url)
    netloc = parts.netloc if user is None else f"{user}:{_PASSWORD}@{parts.hostname}:{parts.port}"
    return urlunsplit(parts._replace(path=f"/{database}", netloc=netloc))
