"""What can be wrong with how a member is changed."""

from libs.peer.errors import Kind, PeerError


class MemberChangedError(PeerError):
    """Somebody else has changed this member in the meantime."""

    kind = Kind.STALE
    code = "member_changed"

    def __init__(self) -> None:
        super().__init__("Read the member again, and make your change on what it is now.")
