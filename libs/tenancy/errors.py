"""What can go wrong at the door to the database."""


class TenancyError(Exception):
    """A failure of isolation itself: never shown to people, always a bug or a missing set-up step."""


class NoPlaneError(TenancyError):
    """A statement was about to run outside of every plane."""


class PlaneRefusedError(TenancyError):
    """The database refused to enter a plane; its connection was thrown away."""


class SetupError(TenancyError):
    """The database is not set up as the settings claim; the message says what to do."""


class UnknownTenantError(TenancyError):
    """No region or agency goes by this name; there is no default and no fall-through."""
