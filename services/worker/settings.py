"""Settings of the worker, from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.telemetry.settings import TelemetrySettings


class Settings(TelemetrySettings):
    """What the worker is told from outside.

    Attributes:
        concurrency: jobs at a time in one process.
        mail_drop: folder into which letters to peers are put, in a demonstration; nothing sends mail yet.
        webhook_loopback: this machine may be sent webhooks, without TLS; in a demonstration alone.
    """

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr
    redis_url: SecretStr
    concurrency: int = Field(default=8, ge=1, le=20)
    mail_drop: Path | None = None
    webhook_loopback: bool = False
