"""Real servers for tests: throwaway, quick, and there to be killed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local import account as accounts
from infra.local import binaries, passwords, processes
from infra.local.account import Account
from infra.local.console import say
from infra.local.postgres import Postgres
from infra.local.valkey import Valkey

_PREFIX = "owncall-servers-"
_LEFT_AFTER_S = 3600.0


@dataclass(frozen=True, repr=False)
class ThrowawayServers:
    """A running PostgreSQL and Valkey.

    Both have `kill()` (kill -9), `restart()` (on the same port, with the same
    data, waits until it answers), `stop()` and `process.pid`.
    """

    postgres: Postgres
    valkey: Valkey

    @property
    def superuser_url(self) -> str:
        """The superuser's address, database `postgres`; stays true over kill and restart."""
        return self.postgres.url("postgres")

    @property
    def redis_url(self) -> str:
        """Valkey's address, database 0; stays true over kill and restart."""
        return self.valkey.url


@contextmanager
def throwaway_servers(place: Path) -> Iterator[ThrowawayServers]:
    """Run both servers for as long as the block lasts.

    They end with the thread that entered the block, even when that is killed
    (Linux): enter it from the main thread.

    Args:
        place: an existing folder. Each use makes a folder of its own in it, and
            removes it at the end. Where root's servers cannot enter `place`,
            that folder is made in the system's folder for temporary files.

    Raises:
        LaunchError: a server does not come up.
    """
    account = accounts.for_servers(say)
    folder = _fresh_folder(place, account)
    servers = _describe(folder, account)
    try:
        servers.postgres.start(say)
        servers.valkey.start()
        yield servers
    finally:
        servers.valkey.kill()
        servers.postgres.stop(grace_s=5.0)
        shutil.rmtree(folder, ignore_errors=True)


def _fresh_folder(place: Path, account: Account | None) -> Path:
    enterable = account is None or accounts.may_enter(account, place)
    parent = place if enterable else Path(tempfile.gettempdir())
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    if account:
        folder.chmod(0o711)
    return folder


def _sweep(parent: Path) -> None:
    """Remove what test runs left that were killed: their process is gone, and an hour has passed."""
    for left in parent.glob(f"{_PREFIX}*-*"):
        pid = left.name.removeprefix(_PREFIX).split("-")[0]
        with suppress(OSError):
            found = left.stat()
            is_old = time.time() - found.st_mtime > _LEFT_AFTER_S
            if is_old and found.st_uid == os.geteuid() and pid.isdigit() and not processes.birth(int(pid)):
                shutil.rmtree(left, ignore_errors=True)


def _describe(folder: Path, account: Account | None) -> ThrowawayServers:
    programs = binaries.ready(folder / "binaries", account)
    log = folder / "servers.log"
    return ThrowawayServers(
        Postgres(
            folder / "postgres",
            programs.postgres,
            account=account,
            password=passwords.draw(),
            log=log,
            durable=False,
        ),
        Valkey(folder / "valkey", programs.valkey, account=account, password=passwords.draw(), log=log),
    )
