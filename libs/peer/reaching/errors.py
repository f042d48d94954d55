"""What can go wrong when a channel is proven."""

from libs.peer.errors import Kind, PeerError


class CodeNotRight(PeerError):
    """This code is not the one, or not any more. Ask for a new one."""

    kind = Kind.INVALID
    code = "code_not_right"
    is_kept = True


class CodeTooSoon(PeerError):
    """A code was sent a moment ago, or five within the hour. Wait a little, then ask again."""

    kind = Kind.CONFLICT
    code = "code_too_soon"


class ChannelUnknown(PeerError):
    """Your region does not reach people this way."""

    kind = Kind.NOT_FOUND
    code = "channel_unknown"
