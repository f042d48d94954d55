"""What the tests are told from outside."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class TestSettings(BaseSettings):
    """What runs of the tests can be told.

    Attributes:
        require_browser: a missing browser is a failure; CI sets it.
        pictures: folder for the README's pictures; empty takes none.
        verify: full sizes, and docs/verify.md is written; `make verify` sets it.
    """

    __test__ = False
    model_config = SettingsConfigDict(env_prefix="OWNCALL_", extra="ignore")

    require_browser: bool = False
    pictures: str = ""
    verify: bool = False
