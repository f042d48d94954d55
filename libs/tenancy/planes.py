"""Planes: what a database role may see, as types.

Every transaction runs in exactly one plane. A plane is a session type here and a role in Postgres;
mixing two is a type error in Python and a privilege error in the database. The table of who may what
is `libs/tenancy/plane_table.py`.

Source: docs/decisions/0003-planes.md
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction


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


class PlaneSession(AsyncSession):
    """A transaction's session that is bound to one plane for life.

    Attributes:
        plane: where its statements run.
        signals: names to ring once the commit is through (`jobs`, `callout:<id>`, `peer:<id>`, `region:<id>`);
            losing one costs seconds, never data.
    """

    plane: Plane
    signals: set[str]

    def __init__(self, engine: AsyncEngine, plane: Plane) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=False)
        self.plane = plane
        self.signals = set()
        self.sync_session.info["plane"] = plane


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


@event.listens_for(Session, "after_begin")
def _enter_plane(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    plane = session.info.get("plane")
    if plane is not None:
        driver: Any = connection.connection.driver_connection
        driver.plane = plane
