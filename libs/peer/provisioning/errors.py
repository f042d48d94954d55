"""Expected failures around a center's directory."""

from libs.peer.errors import Kind, PeerError


class TokenUnknownError(PeerError):
    """There is no such token."""

    kind = Kind.NOT_FOUND
    code = "token_unknown"


class PersonUnknownError(PeerError):
    """Your directory names nobody like that."""

    kind = Kind.NOT_FOUND
    code = "person_unknown"


class PersonTakenError(PeerError):
    """Someone comes in by that name already."""

    kind = Kind.CONFLICT
    code = "person_taken"

    def __init__(self) -> None:
        super().__init__("Ask your program manager who that is.")


class UserNameTakenError(PeerError):
    """Your directory names somebody by this user name already."""

    kind = Kind.CONFLICT
    code = "user_name_taken"
