"""The connection class that puts every transaction into its plane, and the engine that uses nothing else."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.ext.asyncio import create_async_engine as _create  # noqa: TID251 - this is the door itself
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from libs.tenancy.errors import NoPlaneError, PlaneRefusedError, TenancyError
from libs.tenancy.planes import Plane
from libs.tenancy.statements import Row

_RECYCLE_S = 900
"""A connection grows by 0.06-0.35 MB per agency it has served and never shrinks (design, section 2)."""


_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
"""A migration changed what a prepared statement returns: it fails once, and is prepared anew."""
_KEPT_READY = 100
"""Statements that a connection keeps prepared, those used last."""
_OF_A_PLANE = re.compile(r"\s*(?:\(|(?:SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)\b)", re.IGNORECASE)
_REFUSALS = (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedObjectError)
"""No such role, or not ours to take; anything else that happens to a BEGIN is the line's or the server's."""
_OF_THE_DRIVER = re.compile(r"(?:BEGIN|COMMIT|ROLLBACK)\b[^;]*;")


class StatementRefusedError(TenancyError):
    """A statement that only somebody who wants out of the plane would send."""


class PlaneConnection(asyncpg.Connection):
    """An asyncpg connection whose BEGIN carries the role and the search path of the plane.

    A plane reads and writes data, one statement at a time; `SET ROLE` would be ours to run in any plane, since
    it is the login that Postgres asks, so it has to be refused here. `is_guarded` turns on when the pool hands
    the connection out: before that only the driver's own first-connect queries run, as the bare login, which
    may read nothing.
    """

    plane: Plane | None = None
    is_guarded: bool = False

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - asyncpg's own signature
        super().__init__(*args, **options)
        self._ready: OrderedDict[str, Any] = OrderedDict()

    async def enter(self, plane: Plane) -> None:
        """Begin a session's transaction; raises as `execute`."""
        self.plane = plane
        await self.execute("BEGIN;")

    async def leave(self, how: str) -> str:
        """End a session's transaction by COMMIT or ROLLBACK; returns which of them the server did."""
        return await self.execute(f"{how};")

    async def run(self, query: str, values: Sequence[object]) -> tuple[list[Row], str]:
        """Run one statement of a session, prepared once a connection; returns its rows and its status.

        Raises:
            NoPlaneError, StatementRefusedError: as `prepare`.
        """
        statement = await self._prepared(query)
        try:
            rows: list[Row] = await statement.fetch(*values)
        except _OUTDATED:
            self._ready.clear()
            raise
        return rows, statement.get_statusmsg()

    async def run_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        """Run one statement for each of several sets of values, in one go; raises as `run`."""
        await (await self._prepared(query)).executemany(values)

    async def _prepared(self, query: str) -> Any:  # noqa: ANN401 - asyncpg's, which has no types
        self._insist_on_a_plane()
        statement = self._ready.get(query)
        if statement is not None:
            self._ready.move_to_end(query)
            return statement
        statement = self._ready[query] = await self.prepare(query, record_class=Row)
        if len(self._ready) > _KEPT_READY:
            self._ready.popitem(last=False)
        return statement

    def _insist_on_a_plane(self) -> None:
        if self.is_guarded and (self.plane is None or not self.is_in_transaction()):
            raise NoPlaneError("a statement was about to run outside of every plane")

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ANN401, ASYNC109 - asyncpg's own signature
        """Begin or end a transaction; a BEGIN is completed with the plane's prelude in the same round trip.

        Raises:
            NoPlaneError: a transaction begins outside of every plane.
            PlaneRefusedError: the role or schema does not exist, or is not ours to take.
            StatementRefusedError: anything else, as this way takes several statements in one text.

        A connection whose BEGIN failed is terminated: it would return to the pool inside an aborted transaction,
        or with a driver that takes the next BEGIN for a savepoint.
        """
        if not self.is_guarded:
            return str(await super().execute(query, *args, timeout=timeout))
        if args or not _OF_THE_DRIVER.fullmatch(query):
            raise StatementRefusedError("permission denied: not by the simple protocol")
        if not query.startswith("BEGIN"):
            return str(await super().execute(query, timeout=timeout))
        try:
            return await self._enter(query, self.plane, timeout)
        except BaseException:
            self.terminate()
            raise

    async def prepare(self, query: str, **options: Any) -> Any:  # noqa: ANN401 - asyncpg's own signature
        """Prepare one statement; every statement of a session comes this way.

        Raises:
            NoPlaneError: outside of a transaction, so outside of every plane.
            StatementRefusedError: it does more than read and write data.
        """
        self._insist_on_a_plane()
        if self.is_guarded and not _OF_A_PLANE.match(query):
            raise StatementRefusedError("permission denied: a plane reads and writes data, nothing else")
        return await super().prepare(query, **options)

    async def _enter(self, begin: str, plane: Plane | None, timeout: float | None) -> str:  # noqa: ASYNC109 - handed on
        if plane is None:
            raise NoPlaneError("a transaction began outside of every plane")
        try:
            return str(await super().execute(f"{begin} {plane.prelude}", timeout=timeout))
        except _REFUSALS as error:
            raise PlaneRefusedError(f"the database refused plane {plane.kind}") from error


_LIMITS = {
    # A process that froze inside a transaction, or was cut off, must not hold a request's row for ever.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "5s",
    # What runs for milliseconds is not worth a compiler's hundred.
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    # Such a plan is made when a table may be empty, and holds until the next ANALYZE: never through the whole table.
    "enable_seqscan": "off",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


def open_engine(url: str, *, pool_size: int = 10, application: str = "owncall") -> AsyncEngine:
    """Open the application's engine as the login role.

    Args:
        url: `postgresql://<prefix>_login:...@host:port/database`.
        pool_size: connections kept; 10-20 is plenty (design, section 2).
        application: shown in pg_stat_activity.

    Returns:
        An engine whose every transaction must be in a plane; anything else raises NoPlaneError.
    """
    engine = _create(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_recycle=_RECYCLE_S,
        pool_pre_ping=False,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "connection_class": PlaneConnection,
            "server_settings": {"application_name": application, **_LIMITS},
            "timeout": 10,
        },
    )
    event.listen(engine.sync_engine.pool, "checkout", _guard)
    event.listen(engine.sync_engine.pool, "checkin", _forget)
    return engine


def asyncpg_url(url: str) -> str:
    """Return `url` with the driver named, whichever PostgreSQL spelling it came in."""
    scheme = urlsplit(url).scheme
    return url.replace(f"{scheme}://", "postgresql+asyncpg://", 1)


def _guard(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    driver: Any = connection.driver_connection
    if driver.is_closed() or driver.is_in_transaction():
        # Terminated by us, by a server that restarted, or left behind in the middle: the pool opens another one.
        driver.terminate()
        raise DisconnectionError
    driver.plane, driver.is_guarded = None, True


def _forget(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        driver: Any = connection.driver_connection
        driver.plane = None
