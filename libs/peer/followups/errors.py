"""Expected failures around follow-ups."""

from libs.peer.errors import Kind, PeerError


class FollowUpUnknownError(PeerError):
    """There is no such check-in."""

    kind = Kind.NOT_FOUND
    code = "follow_up_unknown"


class FollowUpMovedOnError(PeerError):
    """This check-in is not planned any more, or not due yet."""

    kind = Kind.CONFLICT
    code = "follow_up_moved_on"


class FollowUpDayError(PeerError):
    """Choose a day from today on, within about a year."""

    kind = Kind.INVALID
    code = "follow_up_day"
