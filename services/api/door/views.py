"""What the door's page shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Where one signs in.

    Attributes:
        is_demo: a link signs in by itself, too.
        is_used: the link was used before or is too old.
    """

    is_demo: bool
    is_used: bool = False
