"""The registrar's loop: takes up what program managers asked for, one agency after another. Needs no Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import structlog

from libs.peer.agencies import making
from libs.telemetry import errors
from libs.tenancy import migrate
from libs.tenancy.names import RoleNames

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.UndefinedTableError,  # not migrated yet
    OSError,
    TimeoutError,
)

Ring = Callable[[set[str]], Awaitable[None]]


class Loop:
    """Onboards until told to stop."""

    def __init__(self, owner_url: str, roles: RoleNames, *, bell: asyncio.Event, ring: Ring) -> None:
        self._owner_url = owner_url
        self._roles = roles
        self._bell = bell
        self._ring = ring
        self._is_stopping = False

    def stop(self) -> None:
        """Take nothing new."""
        self._is_stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Work until `stop`; a database that is away is waited for."""
        while not self._is_stopping:
            try:
                owner = await migrate.connect_as_owner(self._owner_url, application_name=making.APPLICATION)
                try:
                    await self._work(owner)
                finally:
                    owner.terminate()
            except _AWAY as error:
                log.warning("database_away", error=type(error).__name__)
                await self._rest()

    async def _work(self, owner: asyncpg.Connection) -> None:
        while not self._is_stopping:
            self._bell.clear()
            if not await self.once(owner):
                await self._rest()

    async def once(self, owner: asyncpg.Connection) -> bool:
        """Onboard one agency; returns whether there was one.

        Raises:
            asyncpg.PostgresError: the database is away; whatever else fails is put off.
        """
        try:
            region_id = await making.take_up(owner, self._roles)
        except _AWAY:
            raise
        except asyncpg.PostgresError as error:
            log.warning("onboarding_failed", error=type(error).__name__, where=errors.place(error))
            region_id = await making.put_off(owner)
        if region_id is None:
            return False
        await self._ring({f"program:{region_id}"})
        return True

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), LOOK_AGAIN_S)
