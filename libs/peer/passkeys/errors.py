"""Expected failures of passkeys."""

from libs.peer.errors import Kind, PeerError


class PasskeyRefusedError(PeerError):
    """This passkey does not sign you in here.

    Unknown, wrongly signed, for another site, too late, used before or copied: one answer for all of it.
    """

    kind = Kind.REFUSED
    code = "passkey_refused"
    is_kept = True  # the challenge is taken, whatever the answer was, and a copy is turned off

    def __init__(self) -> None:
        super().__init__("Try again, or ask for a new link.")


class PasskeyUnknownError(PeerError):
    """That passkey is none of yours."""

    kind = Kind.NOT_FOUND
    code = "passkey_unknown"


class LastPasskeyError(PeerError):
    """This is your only passkey: without it you could not sign in."""

    kind = Kind.CONFLICT
    code = "last_passkey"


class TooManyPasskeysError(PeerError):
    """You have as many passkeys as one can have."""

    kind = Kind.CONFLICT
    code = "too_many_passkeys"


class NoPasskeyHereError(PeerError):
    """Your center's account lets you in. A passkey would outlive it."""

    kind = Kind.CONFLICT
    code = "no_passkey_here"


class NotYourTeamError(PeerError):
    """There is nobody like that in a team that you coordinate."""

    kind = Kind.NOT_FOUND
    code = "not_your_team"


class AdminUnknownError(PeerError):
    """There is no admin like that in your region."""

    kind = Kind.NOT_FOUND
    code = "admin_unknown"
