"""What the launcher takes from the environment, and the only place that reads it."""

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.local.errors import LaunchError


class LocalSettings(BaseSettings):
    """Settings of `make run` and `make reset`; an empty variable counts as unset."""

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", env_ignore_empty=True, extra="ignore")

    home: Path | None = Field(None, description="where everything is kept; see infra.local.home")
    port: int | None = Field(None, ge=1, le=65535, description="of the web service; otherwise 8080 or a free one")
    database_url: str | None = Field(None, repr=False, description="an administrator of a PostgreSQL to use instead")
    redis_url: str | None = Field(None, repr=False, description="a Redis or Valkey to use instead")
    xdg_data_home: Path | None = Field(None, validation_alias="XDG_DATA_HOME")
    yes: bool = Field(default=False, validation_alias="YES", description="`make reset` asks nothing")


def read_settings() -> LocalSettings:
    """Read the settings from the environment.

    Raises:
        LaunchError: a variable holds something else than it should.
    """
    try:
        return LocalSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"OWNCALL_{name.upper()}"
        raise LaunchError(
            f"The setting {variable} cannot be used: {first['msg'].lower()}.",
            f"Set {variable} to another value, or unset it.",
        ) from None


def inherited_environment() -> dict[str, str]:
    """Return a copy of our own environment, for the processes of the product."""
    return dict(os.environ)  # noqa: TID251 - this is the settings.py that may


def server_environment() -> dict[str, str]:
    """Return the environment of PostgreSQL and Valkey: nothing of ours, so no PGDATA and no locale leaks in."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
