"""Settings of the API, from the environment; secrets may come as files (`OWNCALL_SECRETS`, a folder)."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from libs.peer.intranet.rules import Network
from libs.peer.passkeys.checks import Site
from libs.telemetry.settings import TelemetrySettings


class Settings(TelemetrySettings):
    """What the API is told from outside.

    Attributes:
        database_url: `postgresql://<prefix>_login:...@host:port/database`.
        redis_url: `redis://:password@host:port/0`.
        host: address to listen on.
        port: port to listen on.
        public_url: what people type; decides on secure cookies and the Origin check.
        demo: a demonstration on this machine alone: one-time sign-in links are printed.
        mail_drop: folder in which a demonstration's letters to peers lie, to be looked at.
        busy_from: asks a minute of this process from which a browser is given work to do.
        webhook_loopback: this machine may be sent webhooks, without TLS; refused outside of a demonstration.
        trusted_proxies: networks of our own proxies, commas between: whose `X-Forwarded-For` is believed.
        client_a_minute: requests a minute of one client; people have no such limit.
        network_a_minute: sign-ins begun with a provider from one network, and calls for a token from it that failed.
        leave_url: where the quick exit goes: neutral, not personal.
    """

    # What is wrong is said by name: pydantic would print the other values, passwords among them.
    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr
    redis_url: SecretStr
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    public_url: str = "http://localhost:8080"
    demo: bool = False
    mail_drop: Path | None = None
    leave_url: str = "https://www.weather.gov/"
    busy_from: int = Field(default=60, ge=1)
    pool_size: int = Field(default=10, ge=1, le=50)
    webhook_loopback: bool = False
    client_a_minute: int = Field(default=600, ge=1)
    network_a_minute: int = Field(default=60, ge=1)
    trusted_proxies: str = ""

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Networks of our own proxies."""
        return tuple(ip_network(one.strip()) for one in self.trusted_proxies.split(",") if one.strip())

    @property
    def is_secure(self) -> bool:
        """Whether people reach us over TLS."""
        return self.public_url.startswith("https://")

    @property
    def site(self) -> Site:
        """For which site passkeys are made and used; browsers refuse 127.0.0.1, and take localhost."""
        parts = urlsplit(self.public_url)
        return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, said: str) -> str:
        for one in filter(None, map(str.strip, said.split(","))):
            ip_network(one)
        return said

    @model_validator(mode="after")
    def _demonstration_stays_here(self) -> "Settings":
        if self.demo and not ip_address(self.host).is_loopback:
            raise ValueError("OWNCALL_DEMO prints sign-in links, so it runs on a loopback address only")
        if self.webhook_loopback and not self.demo:
            raise ValueError("OWNCALL_WEBHOOK_LOOPBACK lets webhooks reach this machine, so it needs OWNCALL_DEMO")
        if not self.demo and not self.is_secure:
            raise ValueError("OWNCALL_PUBLIC_URL must begin with https:// outside of a demonstration")
        return self
