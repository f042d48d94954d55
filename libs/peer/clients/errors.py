"""Expected failures of integrators' clients."""

from libs.peer.errors import Kind, PeerError


class ClientUnknownError(PeerError):
    """There is no system like that in your region."""

    kind = Kind.NOT_FOUND
    code = "client_unknown"


class ScopeRefusedError(PeerError):
    """A system of one center cannot have one of these permissions."""

    kind = Kind.INVALID
    code = "scope_refused"


class SandboxMissingError(PeerError):
    """This region has no sandbox yet. Whoever runs the server makes one: `owncall region create` with its name."""

    kind = Kind.NOT_FOUND
    code = "sandbox_missing"


class PublicKeyRefusedError(PeerError):
    """That is no public key that a system can sign with here."""

    kind = Kind.INVALID
    code = "public_key_refused"


class PublicKeyUnknownError(PeerError):
    """This system has no such public key."""

    kind = Kind.NOT_FOUND
    code = "public_key_unknown"


class TooManyKeysError(PeerError):
    """This system has as many public keys as one can have."""

    kind = Kind.CONFLICT
    code = "too_many_keys"


class LastKeyError(PeerError):
    """Without this key the system could not sign in."""

    kind = Kind.CONFLICT
    code = "last_key"
