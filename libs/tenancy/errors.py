"""What can go wrong at the door to the database."""

from uuid import UUID


class TenancyError(Exception):
    """A failure of isolation itself: never shown to people, always a bug or a missing set-up step."""


class NoPlaneError(TenancyError):
    """A statement was about to run outside of every plane."""


class PlaneRefusedError(TenancyError):
    """The database refused to enter a plane; its connection was thrown away."""


class NothingKeptError(TenancyError):
    """A statement had failed and its transaction was committed all the same, which keeps nothing of it."""


class DatabaseAwayError(TenancyError):
    """The database could not answer: away, starting, full or too busy. What was under way may be kept or not.

    Attributes:
        cause: class and SQLSTATE of what the driver said.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(f"the database could not answer: {cause}")
        self.cause = cause


class SetupError(TenancyError):
    """The database is not set up as the settings claim; the message says what to do."""


class TenantBehindError(TenancyError):
    """This agency's (or region's) schema is older than the code: it alone waits until its migration is through.

    Attributes:
        home_id: whose schema.
    """

    def __init__(self, home_id: UUID) -> None:
        super().__init__("a schema is older than the code; run `owncall migrate up`")
        self.home_id = home_id


class UnknownTenantError(TenancyError):
    """No region or agency goes by this name; there is no default and no fall-through."""
