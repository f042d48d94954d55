"""What every command needs: addresses that are there, or one sentence that says which is missing."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import asyncpg
import typer
from pydantic import SecretStr
from rich.console import Console

from libs.peer.errors import PeerError
from libs.tenancy import migrate, names
from libs.tenancy.names import RoleNames
from services.cli.settings import Settings

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def give_up(sentence: str) -> NoReturn:
    """End the command with a sentence and exit status 1."""
    err.print(sentence, markup=False)
    raise typer.Exit(1)


def insist_on_yes(question: str, *, yes: bool, or_else: str = ", or --dry-run to look alone") -> None:
    """Ask on a terminal; elsewhere insist on --yes, since nobody is there to answer.

    Args:
        question: what will happen, and whether it shall.
        yes: it was agreed to beforehand.
        or_else: what else can be said, where the command has something.

    Ends the command with exit status 1 unless somebody agrees.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        give_up(f"{question} Nothing was changed: say --yes{or_else}.")
    if not typer.confirm(question, err=True):
        give_up("Nothing was changed.")


def run_with_owner(work: Callable[[asyncpg.Connection, Settings], Coroutine[Any, Any, T]]) -> T:
    """Run work with the owner's connection; what is expected to fail ends the command with its own sentence."""

    async def begin() -> T:
        settings = Settings()
        async with migrate.owner_connection(owner_url(settings)) as owner:
            return await work(owner, settings)

    try:
        return run(begin())
    except PeerError as error:
        give_up(error.detail or str(error))
    except asyncpg.PostgresError as error:
        give_up(f"The database refused: {type(error).__name__} {error.sqlstate}. `owncall doctor` says more.")
    except (OSError, asyncpg.InterfaceError) as error:
        give_up(f"The database is out of reach ({type(error).__name__}). Run it again; nothing is half done.")


def owner_url(settings: Settings) -> str:
    """Return the owner's address."""
    return _needed(settings.owner_database_url, "OWNCALL_OWNER_DATABASE_URL")


def login_url(settings: Settings) -> str:
    """Return the application's address."""
    return _needed(settings.database_url, "OWNCALL_DATABASE_URL")


def superuser_url(settings: Settings) -> str:
    """Return the superuser's address."""
    return _needed(settings.superuser_database_url, "OWNCALL_SUPERUSER_DATABASE_URL")


def roles(settings: Settings) -> RoleNames:
    """Return the names of this database's roles, read off the login."""
    return names.of_login(login_url(settings))


def _needed(value: SecretStr | None, name: str) -> str:
    if value is None:
        give_up(f"{name} is not set. `make run` prints a demonstration that needs nothing; see docs/runbook.md.")
    return value.get_secret_value()
