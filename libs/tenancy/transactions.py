"""One transaction, one plane: the only way to the database for everything that runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.telemetry import traces
from libs.tenancy import away, trees
from libs.tenancy.directory import AgencyRef, CareHome, Directory, RegionRef, Tenants
from libs.tenancy.errors import DatabaseAwayError, TenantBehindError
from libs.tenancy.names import RoleNames
from libs.tenancy.planes import (
    AuditSession,
    CareSession,
    DeskSession,
    DispatchSession,
    DoorSession,
    FiguresSession,
    IntranetSession,
    Plane,
    PlaneKind,
    PlaneSession,
    ProgramSession,
    QueueSession,
)

S = TypeVar("S", bound=PlaneSession)

Signal = Callable[[set[str]], Awaitable[None]]
"""Rings what a committed transaction wants heard; must not raise, as the commit is already through."""


async def silence(_names: set[str]) -> None:
    """Ring nothing: for commands that run without Redis."""


class Planes:
    """Opens transactions. Each context manager commits at its end and rolls back on any exception.

    What the driver raises when the database cannot answer arrives as DatabaseAwayError, wherever it struck.
    """

    def __init__(self, engine: AsyncEngine, roles: RoleNames, signal: Signal = silence) -> None:
        self._engine = engine
        self._roles = roles
        self._signal = signal
        self._directory = Directory()
        self._last: Tenants | None = None

    async def tenants(self) -> Tenants:
        """Return the regions and agencies, at most a few seconds old; while the database is away, the last known.

        So pages that need nothing else go on, and an error's page can still name the peer line.
        """
        try:
            self._last = await self._directory.tenants(self.door)
        except DatabaseAwayError:
            if self._last is None:
                raise
        return self._last

    def forget_tenants(self) -> None:
        """Read the directory anew on the next question."""
        self._directory.forget()

    async def region(self, region_id: UUID) -> RegionRef:
        """Return a region, or a sandbox, by the id that one of our own rows carries."""
        tenants = await self.tenants()
        return tenants.regions.get(region_id) or tenants.sandboxes[region_id]

    def door(self) -> AbstractAsyncContextManager[DoorSession]:
        """Enter the door plane."""
        return self._fixed(DoorSession, PlaneKind.DOOR)

    def queue(self) -> AbstractAsyncContextManager[QueueSession]:
        """Enter the queue plane."""
        return self._fixed(QueueSession, PlaneKind.QUEUE)

    def figures(self) -> AbstractAsyncContextManager[FiguresSession]:
        """Enter the figures plane."""
        return self._fixed(FiguresSession, PlaneKind.FIGURES)

    def audit(self) -> AbstractAsyncContextManager[AuditSession]:
        """Enter the audit plane."""
        return self._fixed(AuditSession, PlaneKind.AUDIT)

    def intranet(self) -> AbstractAsyncContextManager[IntranetSession]:
        """Enter the plane of what intranets show."""
        return self._fixed(IntranetSession, PlaneKind.INTRANET)

    def care(self, home: CareHome) -> AbstractAsyncContextManager[CareSession]:
        """Enter the care plane of one agency or of one region's own schema.

        Raises:
            TenantBehindError: its schema waits for a migration.
        """
        _insist_on_newest(home)
        return self._transact(CareSession, Plane(PlaneKind.CARE, home.care_role, home.schema_name))

    def dispatch(self, region: RegionRef) -> AbstractAsyncContextManager[DispatchSession]:
        """Enter the dispatch plane of one region."""
        return self._transact(DispatchSession, Plane(PlaneKind.DISPATCH, region.dispatch_role))

    def program(self, region: RegionRef) -> AbstractAsyncContextManager[ProgramSession]:
        """Enter the program plane of one region."""
        return self._transact(ProgramSession, Plane(PlaneKind.PROGRAM, region.program_role))

    def desk(self, agency: AgencyRef) -> AbstractAsyncContextManager[DeskSession]:
        """Enter the desk plane of one agency.

        Raises:
            TenantBehindError: its schema waits for a migration.
        """
        _insist_on_newest(agency)
        return self._transact(DeskSession, Plane(PlaneKind.DESK, agency.desk_role, agency.schema_name))

    def _fixed(self, session_type: type[S], kind: PlaneKind) -> AbstractAsyncContextManager[S]:
        return self._transact(session_type, Plane(kind, self._roles.group(kind)))

    @asynccontextmanager
    async def _transact(self, session_type: type[S], plane: Plane) -> AsyncIterator[S]:
        try:
            with traces.transaction(plane.kind):
                async with session_type(self._engine, plane) as session, session.begin():
                    yield session
        except away.FAILURES as error:
            if away.is_away(error):
                raise DatabaseAwayError(away.cause_of(error)) from error
            raise
        if session.signals:
            await self._signal(session.signals)


def _insist_on_newest(home: CareHome) -> None:
    """Compare what the directory said with what the code expects: no query, and only this one home waits."""
    if trees.AGENCY.is_behind(home.schema_version):
        raise TenantBehindError(home.id)
