"""Expected failures on the requester's side."""

from libs.peer.errors import Kind, PeerError
from libs.tenancy.errors import DatabaseAwayError


class ReceiptUnknownError(PeerError):
    """This code leads nowhere."""

    kind = Kind.NOT_FOUND
    code = "receipt_unknown"


class CenterUnknownError(PeerError):
    """We don't know this center. Choose one from the list, or leave it open."""

    kind = Kind.INVALID
    code = "center_unknown"


class AskNotKeptError(DatabaseAwayError):
    """The database went away while an ask was being written.

    Attributes:
        receipt: drawn here for this ask; sent along the next time, it asks once. None when the caller drew it.
    """

    def __init__(self, cause: str, receipt: str | None) -> None:
        super().__init__(cause)
        self.receipt = receipt
