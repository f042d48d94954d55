"""What can go wrong with limits."""

from libs.peer.errors import Kind, PeerError


class AwayImpossible(PeerError):
    """The time away ends before it begins, is over, or is longer than a year."""

    kind = Kind.INVALID
    code = "away_impossible"


class HoursUnreadable(PeerError):
    """These hours cannot be read. Write them like 22:00."""

    kind = Kind.INVALID
    code = "hours_unreadable"


class NotToRate(PeerError):
    """The conversation is none of this peer's, goes on, or was rated before."""

    kind = Kind.CONFLICT
    code = "not_to_rate"


class AwayUnknown(PeerError):
    """This time away is over, was taken out before, or is not yours."""

    kind = Kind.NOT_FOUND
    code = "away_unknown"
