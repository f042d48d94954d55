"""`owncall doctor` on a local run: the home of `make run`, and who should be alive on it. Changes nothing."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from infra.local import cluster, home, ledger, lock, processes, room
from infra.local.errors import LaunchError
from infra.local.home import Home
from infra.local.settings import read_settings
from services.cli.findings import Finding, Standing, judge
from services.cli.settings import Settings

LOW_MB = 100
"""PostgreSQL's log of changes alone takes 16 MB at a time."""
_LAUNCHER = "infra.local"
_START = "Start it: make run"


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """What run.json says; the addresses hold passwords."""

    base_url: str
    superuser: str
    owner: str
    login: str
    redis: str
    pids: dict[str, int]


@dataclass(frozen=True, slots=True)
class Local:
    """The home of a local run, running or not.

    Attributes:
        run: what run.json says; None when there is none that can be read.
    """

    home: Home
    run: Run | None


def find(settings: Settings) -> Local | None:
    """Return the home that is meant: OWNCALL_HOME's, or the usual one when no database is named either.

    Raises:
        LaunchError: OWNCALL_HOME or another setting of `make run` cannot be used.
    """
    told = read_settings()
    if told.home is None and settings.database_url is not None:
        return None
    place = home.find(home.locate(told))
    return Local(place, _read(place.run_file))


def settings_of(local: Local | None, settings: Settings) -> Settings:
    """Return the settings with a local run's addresses where the environment names no database."""
    if local is None or local.run is None or settings.database_url is not None:
        return settings
    run = local.run
    update = {
        "superuser_database_url": SecretStr(run.superuser),
        "owner_database_url": SecretStr(run.owner),
        "database_url": SecretStr(run.login),
        "redis_url": SecretStr(run.redis),
        "public_url": run.base_url,
        "demo": True,
    }
    return settings.model_copy(update=update)


def examine(local: Local) -> list[Finding]:
    """Look at the home, at what lies in it, and at the processes."""
    place = local.home
    try:
        if not place.exists():
            said, fix = f"there is no data of OwnCall in {place.path}", f"{_START}. Or name what to look at: "
            named = "OWNCALL_HOME, or OWNCALL_DATABASE_URL and OWNCALL_REDIS_URL."
            return [Finding("home", Standing.UNSEEN, said, fix + named)]
        launcher = _launcher(place)
        return [
            _home(place),
            _room(place),
            _data(place),
            _alive(local, launcher),
            _leftovers(local, is_running=launcher is not None),
            *_processes(local, is_running=launcher is not None),
        ]
    except OSError as error:
        said = f"{error.filename} could not be looked at: {error.strerror}"
        return [Finding("home", Standing.UNSEEN, said, "Look as the account that started it, or as root.")]


def unusable(error: LaunchError) -> list[Finding]:
    """Return the finding when the home could not even be named."""
    return [Finding("home", Standing.UNSEEN, error.sentence, error.hint)]


def _read(file: Path) -> Run | None:
    try:
        told = json.loads(file.read_text())
        return Run(
            base_url=str(told["base_url"]),
            superuser=str(told["superuser_database_url"]),
            owner=str(told["owner_database_url"]),
            login=str(told["database_url"]),
            redis=str(told["redis_url"]),
            pids={str(name): int(pid) for name, pid in told["pids"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _launcher(place: Home) -> int | None:
    """Return the process id of the launcher that lives on this home; its lock is not touched, not even to try it."""
    holder = lock.read_holder(place.lock_file)
    is_ours = holder is not None and _LAUNCHER in processes.command_line(holder.pid)
    return holder.pid if holder is not None and is_ours and processes.birth(holder.pid) else None


def _home(place: Home) -> Finding:
    may_write = os.access(place.path, os.W_OK | os.X_OK) and place.mark.stat().st_uid == os.geteuid()
    return judge(
        "home",
        is_well=may_write,
        said=f"{place.path}" if may_write else f"{place.path} belongs to another account, or may not be written",
        fix="Start OwnCall as the account that made it, or name another folder: OWNCALL_HOME=/some/folder make run",
    )


def _room(place: Home) -> Finding:
    free_mb = room.free_mb(place.path)
    return judge(
        "room",
        is_well=free_mb >= LOW_MB,
        said=f"{free_mb:,} MB free on its disk",
        fix="Make room: at 0 MB PostgreSQL stops, and nobody can ask.",
    )


def _data(place: Home) -> Finding:
    found = sorted(folder.name.removeprefix("data-") for folder in (place.servers / "postgres").glob("data-*"))
    others = [version for version in found if version != str(cluster.MAJOR)]
    if str(cluster.MAJOR) in found or not found:
        said = f"of PostgreSQL {cluster.MAJOR}" if found else "none yet; `make run` makes it"
        return Finding("local data", Standing.WELL, said)
    said = f"made by PostgreSQL {', '.join(others)}; this version of OwnCall brings PostgreSQL {cluster.MAJOR}"
    fix = "Go back to the earlier version of OwnCall, or remove all local data with: make reset"
    return Finding("local data", Standing.WRONG, said, fix)


def _alive(local: Local, launcher: int | None) -> Finding:
    if launcher is not None:
        at = f" at {local.run.base_url}" if local.run else ", still starting"
        return Finding("launcher", Standing.WELL, f"process {launcher}{at}")
    holder = lock.read_holder(local.home.lock_file)
    if holder is not None:
        said = f"was killed: process {holder.pid} is gone"
        return Finding(
            "launcher", Standing.WRONG, said, f"{_START}. It ends what was left running, and keeps the data."
        )
    return Finding("launcher", Standing.UNSEEN, "OwnCall does not run on this data", _START)


def _leftovers(local: Local, *, is_running: bool) -> Finding:
    """Files that claim that somebody runs, or that something is being made, while nobody is there."""
    place, postgres = local.home, local.home.servers / "postgres"
    files = [place.run_file, place.links_file, place.processes_file, *postgres.glob("new-*")]
    server = cluster.read_postmaster(cluster.data_folder(postgres))
    if server is not None and not processes.birth(server.pid):
        files.append(cluster.data_folder(postgres) / "postmaster.pid")
    stale = [] if is_running else [file.name for file in files if file.exists()]
    return judge(
        "leftovers",
        is_well=not stale,
        said=", ".join(stale) or "none",
        fix="Nothing by hand: the next `make run` sees that nobody is there, and takes them away.",
    )


def _processes(local: Local, *, is_running: bool) -> list[Finding]:
    if not is_running:
        left = [f"{name} (process {pid})" for name, pid, _born in ledger.left_running(local.home.processes_file)]
        if not left:
            return []
        said = f"left running by a launcher that is gone: {', '.join(left)}"
        fix = "`make run` ends them before it starts; `make reset` ends them and removes the data."
        return [Finding("processes", Standing.WRONG, said, fix)]
    if local.run is None:
        return []
    gone = [f"{name} (process {pid})" for name, pid in local.run.pids.items() if not processes.birth(pid)]
    return [
        judge(
            "processes",
            is_well=not gone,
            said=f"gone: {', '.join(gone)}" if gone else ", ".join(sorted(local.run.pids)),
            fix=f"The launcher starts it again within half a minute. If it goes on: its log in {local.home.path}.",
        )
    ]
