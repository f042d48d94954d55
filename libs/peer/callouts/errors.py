"""Expected failures around callouts."""

from libs.peer.errors import Kind, PeerError


class CalloutMovedOnError(PeerError):
    """This has moved on in the meantime."""

    kind = Kind.CONFLICT
    code = "callout_moved_on"


class NobodyThereError(PeerError):
    """Nobody of the other region could be asked."""

    kind = Kind.CONFLICT
    code = "nobody_there"
