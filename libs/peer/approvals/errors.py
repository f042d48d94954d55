"""Expected failures around approvals."""

from libs.peer.errors import Kind, PeerError


class ApprovalUnknownError(PeerError):
    """There is no such approval to decide."""

    kind = Kind.NOT_FOUND
    code = "approval_unknown"


class AlreadyDecidedError(PeerError):
    """Somebody has decided this already."""

    kind = Kind.CONFLICT
    code = "already_decided"


class TooLateToUndoError(PeerError):
    """The decision has gone out, so it cannot be taken back."""

    kind = Kind.CONFLICT
    code = "too_late_to_undo"


class PartnerUnknownError(PeerError):
    """That region does not take requests that you hand on."""

    kind = Kind.CONFLICT
    code = "partner_unknown"
