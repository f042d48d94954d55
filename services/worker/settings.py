"""Settings of the worker, from the environment."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the worker is told from outside.

    Attributes:
        concurrency: jobs at a time in one process.
    """

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore")

    database_url: SecretStr
    redis_url: SecretStr
    sentry_dsn: SecretStr = SecretStr("")
    concurrency: int = Field(default=8, ge=1, le=20)
