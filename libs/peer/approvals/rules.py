"""What may become of an approval."""

from libs.peer.approvals.models import ApprovalState

MOVES: dict[str, tuple[frozenset[ApprovalState], ApprovalState]] = {
    "approve": (frozenset({ApprovalState.WAITING}), ApprovalState.APPROVED),
    "decline": (frozenset({ApprovalState.WAITING}), ApprovalState.DECLINED),
    # No longer needed: the requester stopped, or a coordinator decided when the time was over.
    "cancel": (frozenset({ApprovalState.WAITING}), ApprovalState.WITHDRAWN),
}
