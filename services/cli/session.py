"""What every command needs: addresses that are there, or one sentence that says which is missing."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console

from libs.tenancy import names
from libs.tenancy.names import RoleNames
from services.cli.settings import Settings

out = Console(soft_wrap=True, highlight=False)
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def give_up(sentence: str) -> NoReturn:
    """End the command with a sentence and exit status 1."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(sentence)
    raise typer.Exit(1)


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
