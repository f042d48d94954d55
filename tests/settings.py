"""What the tests are told from outside."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class TestSettings(BaseSettings):
    """`OWNCALL_REQUIRE_BROWSER=1` makes a missing browser a failure; CI sets it."""

    __test__ = False
    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore")

    require_browser: bool = False
    pictures: str = ""
