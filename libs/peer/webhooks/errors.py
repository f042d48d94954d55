"""What can be wrong about a webhook."""

from libs.peer.errors import Kind, PeerError


class WebhookUnknownError(PeerError):
    """There is no such webhook, or it is another client's."""

    kind = Kind.NOT_FOUND
    code = "webhook_unknown"


class WebhookAddressError(PeerError):
    """Nothing can be sent to this address."""

    kind = Kind.INVALID
    code = "webhook_address"


class WebhookChangedError(PeerError):
    """This webhook has changed since it was read."""

    kind = Kind.CHANGED
    code = "webhook_changed"

    def __init__(self) -> None:
        super().__init__("Read it again, and change what is there now.")


class WebhookOffError(PeerError):
    """This webhook is switched off."""

    kind = Kind.CONFLICT
    code = "webhook_off"

    def __init__(self) -> None:
        super().__init__("Switch it on first: PATCH it with `status` `active`.")


class TooManyWebhooksError(PeerError):
    """This region has as many webhooks as it can have."""

    kind = Kind.CONFLICT
    code = "too_many_webhooks"

    def __init__(self) -> None:
        super().__init__("Delete one that is no longer used.")
