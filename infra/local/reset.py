"""`make reset`: stop what still runs on a home, and remove its data."""

import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

from infra.local import cluster, home, ledger, processes
from infra.local.console import say
from infra.local.errors import LaunchError
from infra.local.home import Home
from infra.local.lock import AlreadyRunningError, Lock
from infra.local.settings import LocalSettings

_LAUNCHER_STEPS = [(signal.SIGTERM, 20.0), (signal.SIGKILL, 3.0)]


def reset(settings: LocalSettings) -> None:
    """Remove the data of OWNCALL_HOME; asks first when somebody sits at a terminal.

    Raises:
        LaunchError: something cannot be stopped or removed.
    """
    place = home.find(home.locate(settings))
    if not place.exists():
        say(f"There is no data of OwnCall in {place.path}.")
        return
    if not settings.yes and sys.stdin.isatty() and not _confirmed(place):
        say("Nothing was removed.")
        return
    lock = _lock_without_launcher(place)
    ledger.end_left_running(place.processes_file, say)
    cluster.end_running(cluster.data_folder(place.servers / "postgres"), say)
    _remove(place)
    lock.release()
    say(f"Removed all local data of OwnCall in {place.path}.")
    if settings.database_url or settings.redis_url:
        say("What OWNCALL_DATABASE_URL and OWNCALL_REDIS_URL name is yours, and was left alone.")


def _confirmed(place: Home) -> bool:
    say(f"This removes all local data of OwnCall in {place.path}, and cannot be undone.")
    sys.stdout.write("Type yes to go on: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _lock_without_launcher(place: Home) -> Lock:
    try:
        return Lock(place.lock_file)
    except AlreadyRunningError as error:
        _stop_launcher(error)
    return Lock(place.lock_file)


def _stop_launcher(running: AlreadyRunningError) -> None:
    holder = running.holder
    born = holder and processes.birth(holder.pid)
    if not holder or not born:
        raise running
    say(f"Stopping OwnCall (process {holder.pid}) …")
    try:
        ended = processes.end_stranger(holder.pid, born, _LAUNCHER_STEPS)
    except PermissionError:
        ended = False
    if not ended:
        raise running


def _remove(place: Home) -> None:
    last = (place.mark, place.lock_file)  # a reset cut short can be done again
    try:
        if not place.servers.is_relative_to(place.path):
            shutil.rmtree(place.servers)
        for inner in place.path.iterdir():
            if inner not in last and inner != home.PLACES:  # other homes' files
                _remove_one(inner)
        for file in last:
            file.unlink()
        with suppress(OSError):  # not empty, or a mount point
            place.path.rmdir()
    except OSError as error:
        raise LaunchError(
            f"{error.filename} cannot be removed: {error.strerror}.",
            "Run `make reset` again as the user who started OwnCall.",
        ) from None


def _remove_one(inner: Path) -> None:
    if inner.is_dir() and not inner.is_symlink():
        shutil.rmtree(inner)
    else:
        inner.unlink()
