"""Expected failures of an Idempotency-Key.

Source: draft-ietf-httpapi-idempotency-key-header-07
"""

from libs.peer.errors import Kind, PeerError


class KeyMissingError(PeerError):
    """This needs an Idempotency-Key."""

    kind = Kind.MALFORMED
    code = "idempotency_key_missing"

    def __init__(self) -> None:
        super().__init__("Send `Idempotency-Key` with 8 to 255 visible characters, a new one for each new request.")


class KeyReusedError(PeerError):
    """This Idempotency-Key was used for another request."""

    kind = Kind.INVALID
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("Draw a new key for a new request; send the same request again by the same key.")


class KeyInFlightError(PeerError):
    """The first request by this Idempotency-Key is still being answered."""

    kind = Kind.CONFLICT
    code = "idempotency_key_in_flight"
    retry_after_s = 2

    def __init__(self) -> None:
        super().__init__("Send it again in a moment: you get the first one's answer.")
