"""Settings of the worker, from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.telemetry.settings import TelemetrySettings


class Settings(TelemetrySettings):
    """What the worker is told from outside.

    Attributes:
        concurrency: jobs at a time in one process.
        mail_drop: folder into which letters to peers are put, in a demonstration; nothing sends mail yet.
        demo: a demonstration on this machine alone.
        webhook_loopback: this machine may be sent webhooks, without TLS; in a demonstration alone.
    """

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr
    redis_url: SecretStr
    concurrency: int = Field(default=8, ge=1, le=20)
    mail_drop: Path | None = None
    demo: bool = False
    webhook_loopback: bool = False

    @model_validator(mode="after")
    def _this_machine_in_a_demonstration_alone(self) -> "Settings":
        if self.webhook_loopback and not self.demo:
            raise ValueError("OWNCALL_WEBHOOK_LOOPBACK lets webhooks reach this machine, so it needs OWNCALL_DEMO")
        return self
