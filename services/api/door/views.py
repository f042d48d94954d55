"""What the door's page shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Where a one-time link ends.

    Attributes:
        is_used: the link was used before or is too old.
    """

    is_used: bool
