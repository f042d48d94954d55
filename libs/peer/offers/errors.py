"""Expected failures around offers."""

from libs.peer.errors import Kind, PeerError


class OfferUnknownError(PeerError):
    """There is no such offer for you."""

    kind = Kind.NOT_FOUND
    code = "offer_unknown"


class AlreadyTakenError(PeerError):
    """Someone has it. Thank you for being ready."""

    kind = Kind.CONFLICT
    code = "already_taken"
    is_kept = True


class OfferExpiredError(PeerError):
    """The time for this one is over. We are asking someone else."""

    kind = Kind.CONFLICT
    code = "offer_expired"
    is_kept = True
