"""Writing into an approval what came of it: the callout says so, or the exchange, and never the approval itself."""

from uuid import UUID

from libs.peer.approvals import actions as approvals
from libs.peer.approvals.models import ApprovalState, DecidedBy
from libs.peer.callouts import deciding
from libs.peer.callouts.deciding import Outcome
from libs.peer.callouts.models import State
from libs.peer.exchanges import queries as exchanges
from libs.peer.exchanges.models import ExchangeOutcome, ExchangeState
from libs.peer.exchanges.queries import Exchanging
from libs.tenancy.directory import RegionRef
from libs.tenancy.planes import DispatchSession
from libs.tenancy.transactions import Planes

_Said = tuple[ApprovalState, DecidedBy | None]
_WITHDRAWN: _Said = (ApprovalState.WITHDRAWN, None)


async def settle(planes: Planes, region: RegionRef, approval_id: UUID) -> None:
    """Write what became of it, once anything has; twice changes nothing."""
    async with planes.dispatch(region) as dispatch:
        outcome = await deciding.outcome(dispatch, approval_id)
        said = await _of_exchange(dispatch, region, approval_id) if outcome is None else _of_callout(outcome)
    if said is None:
        return
    state, decided_by = said
    reason = outcome.decline_reason if outcome and state is ApprovalState.DECLINED else None
    async with planes.program(region) as program:
        await approvals.settle(program, approval_id, state, region_id=region.id, decided_by=decided_by, reason=reason)


def _of_callout(outcome: Outcome) -> _Said | None:
    """Return what a callout's decision is called on the managers' page; None while it waits for one."""
    if outcome.state is State.PENDING_APPROVAL:
        return None
    if outcome.decision is None or outcome.decided_by is None:
        return _WITHDRAWN
    return ApprovalState(outcome.decision), DecidedBy(outcome.decided_by)


async def _of_exchange(dispatch: DispatchSession, region: RegionRef, approval_id: UUID) -> _Said | None:
    """Return the same where no callout knows of it: it was handed on, it is about another region's, or all is gone."""
    if await exchanges.is_handed_on(dispatch, approval_id):
        return ApprovalState.HANDED_ON, DecidedBy.MANAGER
    exchange = await exchanges.one(dispatch, approval_id)
    if exchange is None or exchange.helping_id != region.id:
        return _WITHDRAWN
    return _of_helper(exchange)


def _of_helper(exchange: Exchanging) -> _Said | None:
    if exchange.state is ExchangeState.REQUESTED:
        return None
    if exchange.outcome is ExchangeOutcome.DECLINED:
        return ApprovalState.DECLINED, DecidedBy.MANAGER
    is_over_first = exchange.outcome in {ExchangeOutcome.SILENT, ExchangeOutcome.NOT_NEEDED}
    return _WITHDRAWN if is_over_first else (ApprovalState.APPROVED, DecidedBy.MANAGER)
