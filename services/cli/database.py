"""`owncall database create`, and everything to its newest version: lay the ground."""

from urllib.parse import unquote, urlsplit

import asyncpg

from libs.tenancy import foundation, migrate, runner
from libs.tenancy.foundation import Passwords
from libs.tenancy.runner import Progress
from services.cli.session import login_url, owner_url, roles, superuser_url
from services.cli.settings import Settings


async def create(settings: Settings) -> None:
    """Lay roles, groups and revokes in the superuser's database; may run again."""
    passwords = Passwords(owner=_password(owner_url(settings)), login=_password(login_url(settings)))
    connection: asyncpg.Connection = await asyncpg.connect(superuser_url(settings), timeout=10)
    try:
        await foundation.lay(connection, roles(settings), passwords)
    finally:
        await connection.close()


async def upgrade(settings: Settings) -> Progress:
    """Bring schema `shared` and every tenant's schema to the newest version."""
    await migrate.upgrade_shared(owner_url(settings), roles(settings))
    return await runner.upgrade_tenants(owner_url(settings))


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "")
