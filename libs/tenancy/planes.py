"""Planes: what a database role may see, as types.

Every transaction runs in exactly one plane. A plane is a session type here and a role in Postgres;
mixing two is a type error in Python and a privilege error in the database. The table of who may what
is `libs/tenancy/plane_table.py`.

Source: docs/decisions/0003-planes.md
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql import Executable

from libs.tenancy.errors import NothingKeptError
from libs.tenancy.statements import Result, Values, written


class PlaneKind(StrEnum):
    """The planes by name; each is a role of its own, or a group of roles of which each tenant has one."""

    DOOR = "door"
    CARE = "care"
    DISPATCH = "dispatch"
    DESK = "desk"
    PROGRAM = "program"
    QUEUE = "queue"
    FIGURES = "figures"
    AUDIT = "audit"
    INTRANET = "intranet"


@dataclass(frozen=True, slots=True)
class Plane:
    """One role to act as, and the one schema that unprefixed names mean.

    Attributes:
        kind: which plane.
        role: the Postgres role of the transaction.
        schema: the agency's or region's own schema; None where the plane has shared tables alone.
    """

    kind: PlaneKind
    role: str
    schema: str | None = None
    prelude: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Rides on BEGIN, so that entering a plane costs no round trip. LOCAL, because neither asyncpg's reset
        # nor a rollback undoes a session-level role, and the next user of the connection would inherit it.
        prelude = f"SET LOCAL ROLE {quoted(self.role)}; SET LOCAL search_path TO {quoted(self.schema or 'pg_catalog')};"
        if self.kind is PlaneKind.QUEUE:
            # Who has a job in hand need not survive a crash of the server: it is taken up again by its row, which is
            # older and durable. What a job itself does waits for the disk, and everything written before it then too.
            prelude += " SET LOCAL synchronous_commit TO off;"
        object.__setattr__(self, "prelude", prelude)


def quoted(name: str) -> str:
    """Return an SQL identifier in quotes, with quotes inside doubled."""
    return '"' + name.replace('"', '""') + '"'


class PlaneSession:
    """One transaction in one plane. It begins with its first statement, and takes a connection only then.

    Attributes:
        plane: where its statements run.
        signals: names to ring once the commit is through (`jobs`, `callout:<id>`, `peer:<id>`, `region:<id>`);
            losing one costs seconds, never data.
    """

    def __init__(self, engine: AsyncEngine, plane: Plane) -> None:
        self.plane = plane
        self.signals: set[str] = set()
        self._engine = engine
        self._taken: PoolProxiedConnection | None = None

    async def execute(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> Result:
        """Run one statement, or the same one for each of several sets of values.

        Raises:
            NoPlaneError, PlaneRefusedError, StatementRefusedError: see `engine.PlaneConnection`.
            asyncpg.PostgresError: the database refused it, and with it the whole transaction.
        """
        driver = self._driver if self._taken else await self._begin()
        if values is None or isinstance(values, Mapping):
            one = values or {}
            ready = written(statement, one)
            return Result(*await driver.run(ready.sql, ready.arranged(one)))
        if not values:
            return Result([], "")
        ready = written(statement, values[0])
        await driver.run_many(ready.sql, [ready.arranged(each) for each in values])
        return Result([], "")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """Commit at the end of the block; whatever is raised in it rolls everything back."""
        yield
        await self.commit()

    async def commit(self) -> None:
        """Keep what was written.

        Raises:
            NothingKeptError: a statement had failed, and somebody went on as if it had not.
        """
        if await self._end("COMMIT") == "ROLLBACK":
            raise NothingKeptError("a transaction that had failed was to be committed")

    async def rollback(self) -> None:
        """Undo what was written."""
        await self._end("ROLLBACK")

    async def __aenter__(self) -> Self:
        """Begin nothing yet."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Roll back what was not committed; on a line that broke, the server does it by itself."""
        if self._taken is not None:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                # A second cancellation must not leave a transaction open on the way back to the pool.
                await asyncio.shield(self.rollback())

    @property
    def _driver(self) -> Any:  # noqa: ANN401 - a PlaneConnection, which is built on this module
        return self._taken and self._taken.driver_connection

    async def _begin(self) -> Any:  # noqa: ANN401 - as above
        self._taken = await self._connect()
        driver = self._driver
        try:
            await driver.enter(self.plane)
        except BaseException:
            self._give_back()
            raise
        return driver

    async def _connect(self) -> PoolProxiedConnection:
        adapted: Any = self._engine.dialect.loaded_dbapi
        try:
            return await self._engine.raw_connection()
        except adapted.Error as error:
            # Of a connection that could not be made; what the driver itself said tells whether the database is away.
            raise error.__cause__ or error from None

    async def _end(self, how: str) -> str:
        if self._taken is None:
            return ""
        try:
            return str(await self._driver.leave(how))
        except BaseException:
            self._driver.terminate()
            raise
        finally:
            self._give_back()

    def _give_back(self) -> None:
        driver = self._driver
        taken, self._taken = self._taken, None
        if taken is None:
            return
        if driver.is_closed():
            taken.invalidate()
        else:
            taken.close()


class DoorSession(PlaneSession):
    """Accounts, sessions, links, tokens, receipt routes; nothing else."""


class CareSession(PlaneSession):
    """Requests of one agency, or of one region's own schema; insert-only into what dispatch reads."""


class DispatchSession(PlaneSession):
    """Callouts, copies, offers, pages and availability of one region; no agency's schema."""


class DeskSession(PlaneSession):
    """Settings and people of one agency; nothing of care or dispatch."""


class ProgramSession(PlaneSession):
    """Agencies, teams, roster and approvals of one region; nothing of care, callouts or offers."""


class QueueSession(PlaneSession):
    """Claims and finishes jobs."""


class FiguresSession(PlaneSession):
    """Closes a period."""


class AuditSession(PlaneSession):
    """Chains events."""


class IntranetSession(PlaneSession):
    """What a center's intranet shows of the roster without login, and from where; writes nothing."""
