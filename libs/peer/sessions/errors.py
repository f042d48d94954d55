"""Expected failures of a session."""

from libs.peer.errors import Kind, PeerError


class SignInUnknownError(PeerError):
    """That browser is not signed in."""

    kind = Kind.NOT_FOUND
    code = "sign_in_unknown"


class ProveAgainError(PeerError):
    """This asks for your passkey once more."""

    kind = Kind.REFUSED
    code = "prove_again"
