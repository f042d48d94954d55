"""Reading exchanges: each region sees its own, as the one that asks or the one that helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.callouts.models import Urgency
from libs.peer.exchanges import rules
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState
from libs.tenancy.planes import DispatchSession, ProgramSession
from libs.tenancy.statements import Row


@dataclass(frozen=True, slots=True)
class Exchanging:
    """An exchange, as the jobs of both regions need it.

    Attributes:
        region_id: who asks.
        helping_id: who is asked.
        is_handed_on: a manager of the asking region handed it on; else their time was over.
    """

    id: UUID
    region_id: UUID
    helping_id: UUID
    is_handed_on: bool
    urgency: Urgency
    language: str
    state: ExchangeState
    outcome: ExchangeOutcome | None
    asked_at: datetime
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether anything may still come of it."""
        return self.state in rules.OPEN


@dataclass(frozen=True, slots=True)
class OfProgram:
    """An exchange as the managers of the asking region see it: its state, and no more."""

    helping_id: UUID
    state: ExchangeState
    outcome: ExchangeOutcome | None
    asked_at: datetime


_COLUMNS = """
    x.id, x.region_id, x.helping_id, x.approval_id IS NOT NULL AS is_handed_on, x.urgency, x.language, x.state,
    x.outcome, x.asked_at, shared.clock() AS now
"""
_ONE = text(f"SELECT {_COLUMNS} FROM shared.exchange x WHERE x.id = :id")  # noqa: S608 - constants
_OF_CALLOUT = text(
    f"""
    SELECT {_COLUMNS} FROM shared.callout c
    JOIN shared.exchange x ON x.id = c.exchange_id AND x.region_id = c.region_id WHERE c.id = :id
    """  # noqa: S608 - constants
)
_CALLOUT_OF = text("SELECT id FROM shared.callout WHERE exchange_id = :id")
_HANDED_ON = text("SELECT EXISTS (SELECT FROM shared.exchange WHERE approval_id = :id)")
_OF_PROGRAM = text(
    """
    SELECT helping_id, state, outcome, asked_at FROM shared.exchange
    WHERE region_id = :region_id AND (state <> 'closed' OR closed_at > shared.clock() - interval '1 day')
    ORDER BY asked_at DESC LIMIT 10
    """
)
_ASKED_BY = text("SELECT id, region_id FROM shared.exchange WHERE helping_id = :region_id AND state = 'requested'")


def _read(row: Row) -> Exchanging:
    outcome = ExchangeOutcome(row.outcome) if row.outcome else None
    urgency, state = Urgency(row.urgency), ExchangeState(row.state)
    return Exchanging(
        row.id,
        row.region_id,
        row.helping_id,
        row.is_handed_on,
        urgency,
        row.language,
        state,
        outcome,
        row.asked_at,
        row.now,
    )


async def one(session: DispatchSession, exchange_id: UUID) -> Exchanging | None:
    """Return an exchange of this region's, on either side; None when it is none."""
    row = (await session.execute(_ONE, {"id": exchange_id})).one_or_none()
    return None if row is None else _read(row)


async def of_callout(session: DispatchSession, callout_id: UUID) -> Exchanging | None:
    """Return the last exchange of a request that waits here; None when there was none."""
    row = (await session.execute(_OF_CALLOUT, {"id": callout_id})).one_or_none()
    return None if row is None else _read(row)


async def callout_of(session: DispatchSession, exchange_id: UUID) -> UUID | None:
    """Return this region's callout of an exchange: where it waits, or where it goes on; None when there is none."""
    found: UUID | None = (await session.execute(_CALLOUT_OF, {"id": exchange_id})).scalar_one_or_none()
    return found


async def is_handed_on(session: DispatchSession, approval_id: UUID) -> bool:
    """Say whether a request was handed on by this decision."""
    return bool((await session.execute(_HANDED_ON, {"id": approval_id})).scalar_one())


async def of_program(session: ProgramSession, region_id: UUID) -> Sequence[OfProgram]:
    """Return what this region has asked of others and is not over, or only just; the latest first."""
    rows = await session.execute(_OF_PROGRAM, {"region_id": region_id})
    return [
        OfProgram(row[0], ExchangeState(row[1]), ExchangeOutcome(row[2]) if row[2] else None, row[3]) for row in rows
    ]


async def asked_by(session: ProgramSession, region_id: UUID) -> dict[UUID, UUID]:
    """Return which regions wait for this one's decision, by the approval's id."""
    return {row.id: row.region_id for row in await session.execute(_ASKED_BY, {"region_id": region_id})}
