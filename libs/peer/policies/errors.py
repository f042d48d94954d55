"""Expected failures around paging policies."""

from libs.peer.errors import Kind, PeerError


class PolicyChangedError(PeerError):
    """Somebody else has changed this policy in the meantime."""

    kind = Kind.CHANGED
    code = "policy_changed"

    def __init__(self) -> None:
        super().__init__("Read it again, and change what is there now.")


class PolicyNotUsableError(PeerError):
    """This policy cannot be used.

    Args:
        detail: what is wrong with it, and what to do.
    """

    kind = Kind.INVALID
    code = "policy_not_usable"
