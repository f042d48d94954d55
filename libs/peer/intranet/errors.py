"""What can be wrong with what a peer says of being shown."""

from libs.peer.errors import Kind, PeerError


class NotAPhoto(PeerError):
    """This cannot be used as a photo."""

    kind = Kind.INVALID
    code = "not_a_photo"

    def __init__(self) -> None:
        super().__init__("Send a JPEG, PNG or WebP, up to 8 MB.")
