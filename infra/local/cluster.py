"""A PostgreSQL cluster on disk: made once, and whoever still runs on it."""

import re
import secrets
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local import account as accounts
from infra.local import ledger, processes, room
from infra.local.account import Account
from infra.local.console import last_lines
from infra.local.errors import LaunchError
from infra.local.settings import server_environment

SUPERUSER = "owncall_superuser"
MAJOR = 18


@dataclass(frozen=True)
class Postmaster:
    """What a server wrote into its data folder's postmaster.pid."""

    pid: int
    is_ready: bool


@dataclass(frozen=True, repr=False)
class Recipe:
    """How a cluster is made: by which programs, as whom, with which superuser's password, logged where."""

    programs: Path
    account: Account | None
    password: str
    log: Path
    durable: bool


def make(folder: Path, recipe: Recipe, pause: Callable[[float], None]) -> Path:
    """Return the data folder below `folder`, made by initdb first when there is none yet.

    It is made under another name and renamed at the end: an initdb cut short
    leaves nothing that looks like a cluster.

    Raises:
        LaunchError: initdb failed, or the cluster is of another version.
        Stopped: asked to stop meanwhile.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    accounts.hand_over(folder, recipe.account)
    data = data_folder(folder)
    for unfinished in folder.glob("new-*"):
        shutil.rmtree(unfinished) if unfinished.is_dir() else unfinished.unlink()
    if not data.exists():
        _refuse_other_versions(folder)
        fresh = folder / f"new-{secrets.token_hex(4)}"
        _initdb(fresh, recipe, pause)
        fresh.rename(data)
    return data


def data_folder(folder: Path) -> Path:
    """Return where below `folder` the cluster of our version is, made or not."""
    return folder / f"data-{MAJOR}"


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what postmaster.pid says; None when it is missing or half written."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        return Postmaster(int(lines[0]), len(lines) > 7 and lines[7].strip() == "ready")  # noqa: PLR2004 - line 8: status
    except (OSError, ValueError, IndexError):
        return None


def end_running(data: Path, tell: Callable[[str], None]) -> dict[str, str]:
    """Stop a server that still runs on this data.

    The process id in postmaster.pid may by now be somebody else's (in a
    container they repeat) or a zombie's, and PostgreSQL would then refuse to
    start. Removing the file would also remove its guard against orphaned
    backends, so PostgreSQL is told to overlook that id, the way pg_ctl does it.

    Returns:
        What has to be added to the environment of the next server.

    Raises:
        LaunchError: it cannot be stopped.
    """
    found = read_postmaster(data)
    if not found:
        return {}
    born = processes.birth(found.pid)
    if born and str(data) in processes.command_line(found.pid):
        tell(f"Stopping a database left running by an earlier launcher (process {found.pid}).")
        ledger.end_one("postgres", found.pid, born)
    return {"PG_GRANDPARENT_PID": str(found.pid)}


def _refuse_other_versions(folder: Path) -> None:
    for other in folder.glob("data-*"):
        version = re.sub(r"\D", "", other.name)
        raise LaunchError(
            f"The local data was made by PostgreSQL {version}, and this version of OwnCall brings PostgreSQL {MAJOR}.",
            "Go back to the earlier version of OwnCall, or remove all local data with: make reset",
        )


def _initdb(fresh: Path, recipe: Recipe, pause: Callable[[float], None]) -> None:
    password_file = fresh.with_name(fresh.name + ".password")
    accounts.write_for(recipe.account, password_file, recipe.password + "\n")
    try:
        process = processes.spawn(
            _initdb_command(fresh, recipe, password_file),
            env=server_environment(),
            cwd=fresh.parent,
            log=recipe.log,
            account=recipe.account,
        )
        try:
            while process.poll() is None:
                pause(0.03)
        finally:
            processes.end([(process, signal.SIGKILL)], grace_s=2.0)
    finally:
        password_file.unlink()
    if process.returncode:
        said = last_lines(recipe.log)
        if room.is_lacking(said, fresh.parent):
            raise room.none_left("PostgreSQL", fresh.parent)
        raise LaunchError(
            f"PostgreSQL could not make its data folder ({processes.ending(process)}).",
            f"The lines above say why; the whole log is {recipe.log}",
            said,
        )


def _initdb_command(fresh: Path, recipe: Recipe, password_file: Path) -> Sequence[str]:
    return [
        str(recipe.programs / "initdb"),
        f"--pgdata={fresh}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        *([] if recipe.durable else ["--no-sync"]),
    ]
