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
