"""PostgreSQL and Redis, ours or the ones named in the environment."""

from collections.abc import Callable
from dataclasses import dataclass

import redis

from infra.local import binaries, database
from infra.local.account import Account
from infra.local.errors import LaunchError
from infra.local.home import Home
from infra.local.passwords import Passwords
from infra.local.postgres import Postgres
from infra.local.settings import LocalSettings
from infra.local.stopping import StopSignal
from infra.local.valkey import Valkey, answers


@dataclass(frozen=True, repr=False)
class Addresses:
    """Where the data is; each holds a password."""

    superuser: str
    owner: str
    login: str
    redis: str


class Servers:
    """Both servers of one home; a server named in the environment is used, and never started or stopped."""

    def __init__(
        self, settings: LocalSettings, home: Home, passwords: Passwords, account: Account | None, stop: StopSignal
    ) -> None:
        """Describe them; nothing runs yet.

        Raises:
            LaunchError: the programs are missing, or cannot be copied to where the account can use them.
        """
        self._settings, self._passwords = settings, passwords
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        if settings.database_url and settings.redis_url:
            return
        programs = binaries.ready(home.servers / "binaries", account)
        if not settings.database_url:
            self.postgres = Postgres(
                home.servers / "postgres",
                programs.postgres,
                account=account,
                password=passwords.superuser_password,
                log=home.log("postgres"),
                pause=stop.pause,
            )
        if not settings.redis_url:
            self.valkey = Valkey(
                home.servers / "valkey",
                programs.valkey,
                account=account,
                password=passwords.redis_password,
                log=home.log("valkey"),
                pause=stop.pause,
            )

    def start(self, tell: Callable[[str], None]) -> Addresses:
        """Start what is ours, check what is not, and return where both are.

        Raises:
            LaunchError: one does not come up, or is not fit for us.
            Stopped: asked to stop meanwhile.
        """
        redis_url = self._start_redis(tell)
        superuser = self._start_database(tell)
        return Addresses(
            superuser,
            database.address_for(superuser, database.OWNER, self._passwords.owner_password),
            database.address_for(superuser, database.LOGIN, self._passwords.login_password),
            redis_url,
        )

    def _start_database(self, tell: Callable[[str], None]) -> str:
        if self.postgres:
            self.postgres.start(tell)
            database.create_if_absent(self.postgres.url("postgres"))
            tell("PostgreSQL is ready.")
            return self.postgres.url(database.NAME)
        url = self._settings.database_url or ""
        database.check_administrator(url)
        tell("The database of OWNCALL_DATABASE_URL is reachable; none of our own is started.")
        return url

    def _start_redis(self, tell: Callable[[str], None]) -> str:
        if self.valkey:
            self.valkey.start()
            tell("Valkey is ready.")
            return self.valkey.url
        url = self._settings.redis_url or ""
        try:
            with redis.Redis.from_url(url, socket_timeout=5.0, socket_connect_timeout=5.0) as client:
                is_there = answers(client)
        except ValueError:
            is_there = False
        if not is_there:
            raise LaunchError(
                "The Redis that OWNCALL_REDIS_URL names does not answer.",
                "Correct it (redis://:password@host:port/0), or unset it to use the Valkey that we bring.",
            )
        tell("The Redis of OWNCALL_REDIS_URL is reachable; no Valkey is started.")
        return url
