"""Expected failures of signing in with an agency's or region's own provider."""

from enum import StrEnum
from typing import ClassVar

from libs.peer.errors import Kind, PeerError


class Flaw(StrEnum):
    """Which check an answer of a provider did not pass: for whoever sets the provider up, never for who signs in."""

    BROWSER = "browser"
    STATE = "state"
    REPEATED = "repeated"
    ISSUER = "issuer"
    DENIED = "denied"
    CODE = "code"
    ANSWER = "answer"
    ALGORITHM = "algorithm"
    KEY = "key"
    SIGNATURE = "signature"
    TYPE = "type"
    AUDIENCE = "audience"
    TIME = "time"
    NONCE = "nonce"
    SUBJECT = "subject"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a check
    EVENT = "event"
    AUTH_TIME = "auth_time"


class SignOnRefusedError(PeerError):
    """Your center's account does not sign you in here.

    One answer for everything; `flaw` says what it was.
    """

    kind: ClassVar[Kind] = Kind.REFUSED
    code: ClassVar[str] = "sign_on_refused"
    is_kept: ClassVar[bool] = True  # the attempt is taken, whatever the answer was

    def __init__(self, flaw: Flaw) -> None:
        super().__init__("Begin again, or sign in with a passkey.")
        self.flaw = flaw

    @classmethod
    def unless(cls, holds: bool, flaw: Flaw) -> None:
        """Refuse what does not hold."""
        if not holds:
            raise cls(flaw)


class SignOnOffError(PeerError):
    """There is no sign-in of your center's own here."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "sign_on_off"


class AttemptOverError(PeerError):
    """This sign-in was begun too long ago, in another browser, or was ended before."""

    kind: ClassVar[Kind] = Kind.MALFORMED
    code: ClassVar[str] = "attempt_over"


class NoPartHereError(PeerError):
    """Your center's account has no part here."""

    kind: ClassVar[Kind] = Kind.REFUSED
    code: ClassVar[str] = "no_part_here"
    is_kept: ClassVar[bool] = True  # what they had open is ended


class LogoutRefusedError(PeerError):
    """This logout token is not in order, or has done its work."""

    kind: ClassVar[Kind] = Kind.MALFORMED
    code: ClassVar[str] = "logout_refused"


class SetUpOrderError(PeerError):
    """A step before this one is missing."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "sign_on_step"


class ProviderAwayError(PeerError):
    """Your center's sign-in does not answer."""

    kind: ClassVar[Kind] = Kind.CONFLICT
    code: ClassVar[str] = "provider_away"
    retry_after_s = 30

    def __init__(self) -> None:
        super().__init__("Sign in with a passkey, or try again later.")


class ProviderUnusableError(PeerError):
    """This provider cannot be used as it is.

    Args:
        field: what is wrong, as the provider's configuration or our form calls it.
        fix: what to do, in a sentence.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "provider_unusable"

    def __init__(self, field: str, fix: str) -> None:
        super().__init__(fix)
        self.field = field

    @property
    def errors(self) -> list[dict[str, object]]:
        """The field and its fix."""
        return [{"pointer": f"/{self.field}", "detail": self.detail}]
