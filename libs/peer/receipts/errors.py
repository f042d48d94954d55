"""Expected failures around receipts."""

from libs.peer.errors import Kind, PeerError


class ReceiptTakenError(PeerError):
    """This code was used for a request before."""

    kind = Kind.CONFLICT
    code = "receipt_taken"
