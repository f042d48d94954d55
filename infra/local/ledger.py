"""Who was started, written down so that a later launcher can end what a killed one left."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

from infra.local import processes
from infra.local.errors import LaunchError
from infra.local.home import write_private

Entry = tuple[str, int, str]


def write(file: Path, pids: dict[str, int]) -> None:
    """Write down the processes that run now, by name, each with its moment of birth."""
    entries = {name: {"pid": pid, "born": processes.birth(pid)} for name, pid in pids.items()}
    write_private(file, entries)


def left_running(file: Path) -> list[Entry]:
    """Return those written down that still run, as (name, process id, birth); empty when nothing was written."""
    try:
        content = json.loads(file.read_text())
        entries = [(str(name), int(entry["pid"]), str(entry["born"])) for name, entry in content.items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [(name, pid, born) for name, pid, born in entries if processes.birth(pid) == born]


def end_left_running(file: Path, tell: Callable[[str], None]) -> None:
    """End what a killed launcher left behind, the database last and cleanly, and forget the list.

    Raises:
        LaunchError: something does not end, or belongs to somebody else.
    """
    entries = sorted(left_running(file), key=lambda entry: entry[0] == "postgres")
    for name, pid, born in entries:
        tell(f"Stopping {name}, left running by an earlier launcher (process {pid}).")
        end_one(name, pid, born)
    file.unlink(missing_ok=True)


def end_one(name: str, pid: int, born: str) -> None:
    """End one process: PostgreSQL by its fast shutdown, all others by SIGTERM, then by force.

    Raises:
        LaunchError: it does not end, or belongs to somebody else.
    """
    steps = [(signal.SIGTERM, 8.0), (signal.SIGKILL, 3.0)]
    if name == "postgres":
        steps = [(signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 3.0)]
    try:
        ended = processes.end_stranger(pid, born, steps)
    except PermissionError:
        ended = False
    if not ended:
        raise LaunchError(
            f"{name} still runs from an earlier start (process {pid}) and cannot be stopped.",
            f"Stop it as the user who started it: kill {pid}",
        )
