"""The passwords of the local servers: drawn once, kept in a file that only we can read."""

import json
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from infra.local.errors import LaunchError
from infra.local.home import write_private


@dataclass(frozen=True, repr=False)
class Passwords:
    """43 signs each, none of which a URL or a configuration file would need to escape."""

    superuser_password: str
    owner_password: str
    login_password: str
    redis_password: str


def keep(file: Path) -> Passwords:
    """Return the passwords in the file, and draw them first when it is not there.

    Raises:
        LaunchError: the file is there and cannot be used.
    """
    names = [field.name for field in fields(Passwords)]
    if not file.exists():
        drawn = Passwords(**{name: draw() for name in names})
        write_private(file, asdict(drawn))
        return drawn
    try:
        content = json.loads(file.read_text())
        return Passwords(**{name: str(content[name]) for name in names})
    except (OSError, ValueError, KeyError, TypeError):
        raise LaunchError(
            f"The passwords in {file} cannot be read.",
            "Put the file back as it was, or remove all local data with: make reset",
        ) from None


def draw() -> str:
    """Return a new password of 256 bits."""
    return secrets.token_urlsafe(32)
