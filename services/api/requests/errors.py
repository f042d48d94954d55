"""Expected failures on the requester's side."""

from libs.peer.errors import Kind, PeerError


class ReceiptUnknownError(PeerError):
    """This code leads nowhere."""

    kind = Kind.NOT_FOUND
    code = "receipt_unknown"


class CenterUnknownError(PeerError):
    """We don't know this center. Choose one from the list, or leave it open."""

    kind = Kind.INVALID
    code = "center_unknown"
