"""Whether a failure means that the database cannot answer now: out of reach, starting, full, or too busy.

These pass by themselves, and whoever was told so may send the same again; every other failure is a bug.

Source: PostgreSQL's table of SQLSTATE, "PostgreSQL Error Codes"
"""

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from libs.tenancy.errors import DatabaseAwayError

FAILURES = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver and its pool may raise; TimeoutError is an OSError."""
_CLASSES = (
    "08",  # the connection broke
    "28",  # the password is not (or no longer) right
    "3D",  # the database is not there (yet)
    "53",  # no disk, no memory, no connection left
    "57P",  # shutting down, crashed, starting
    "58",  # the server's own disk failed
)
_STATES = {
    "25P03",  # it ended a transaction that stood idle, as after a freeze
    "40001",
    "40P01",
    "55P03",  # somebody else held the row for too long
}


def is_away(error: Exception) -> bool:
    """Tell whether the database could not answer, rather than that it refused what was asked."""
    # The last is what the driver says of a server that dies between two messages of one statement.
    if isinstance(error, OSError | PoolTimeoutError | asyncpg.InternalClientError):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # a value that the driver cannot send is our bug
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _passes(error.orig)
    return _passes(error)


def cause_of(error: Exception) -> str:
    """Return class and, where there is one, SQLSTATE of a failure; never its message, which may carry values."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(error).__name__} {getattr(origin, 'sqlstate', None) or ''}".strip()


def told(error: Exception) -> str:
    """Return what a log may say of a failure: its class and, where the database was away, the class behind it."""
    name = type(error).__name__
    return f"{name}: {error.cause}" if isinstance(error, DatabaseAwayError) else name


def _passes(error: BaseException | None) -> bool:
    state = str(getattr(error, "sqlstate", None) or "")
    return state.startswith(_CLASSES) or state in _STATES
