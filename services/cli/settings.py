"""Settings of the command line, from the environment."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What commands are told from outside; each needs only what it uses.

    Attributes:
        superuser_database_url: lays roles and revokes, once a database.
        owner_database_url: migrates, onboards, imports.
        database_url: the application's login.
        redis_url: `owncall doctor` looks at it.
    """

    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore", hide_input_in_errors=True)

    superuser_database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = None
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    public_url: str = "http://localhost:8080"
    demo: bool = False
