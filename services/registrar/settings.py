"""Settings of the registrar, from the environment."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from libs.telemetry.settings import TelemetrySettings


class Settings(TelemetrySettings):
    """What the registrar is told from outside.

    Attributes:
        owner_database_url: makes schemas and tables; of what runs, the registrar alone has it.
        database_url: the application's login, for the names of roles alone; the registrar does not sign in with it.
        redis_url: for the bell, and to tell pages.
    """

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore", hide_input_in_errors=True)

    owner_database_url: SecretStr
    database_url: SecretStr
    redis_url: SecretStr
