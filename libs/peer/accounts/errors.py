"""Expected failures at the door."""

from libs.peer.errors import Kind, PeerError


class LinkUsedError(PeerError):
    """This sign-in link was used before, or is too old."""

    kind = Kind.REFUSED
    code = "link_used"
