"""What API, worker and registrar are told about watching them."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class TelemetrySettings(BaseSettings):
    """Settings that API, worker and registrar share.

    Attributes:
        log_level: from which level on our own log records are kept.
        sentry_dsn: where unexpected errors are reported; empty for nowhere.
        otlp_endpoint: base address of an OTLP/HTTP collector; empty for no traces.
        metrics_port: where `/metrics` answers; 0 for nowhere. API and worker need one each.
        metrics_host: address that it listens on.
        alarm_url: is POSTed to when dispatch is late; empty for nobody. Often carries a key, so a secret.
    """

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    sentry_dsn: SecretStr = SecretStr("")
    otlp_endpoint: str = ""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    alarm_url: SecretStr = SecretStr("")

    @field_validator("alarm_url", "otlp_endpoint")
    @classmethod
    def _over_tls(cls, value: SecretStr | str) -> SecretStr | str:
        url = value.get_secret_value() if isinstance(value, SecretStr) else value
        parts = urlsplit(url)
        if url and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("must begin with https://, or http:// on this machine")
        return value
