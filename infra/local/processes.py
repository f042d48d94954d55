"""Starting and ending processes, and telling one from another."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from infra.local import child
from infra.local.account import Account

Process = subprocess.Popen[bytes]

_HAS_PROC = Path("/proc/self/stat").exists()


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None = None,
    account: Account | None = None,
    on_orphaned: signal.Signals = signal.SIGKILL,
) -> Process:
    """Start a program in a session of its own, so that Ctrl-C reaches the launcher alone.

    Args:
        command: absolute path of the program, then its arguments.
        env: its whole environment.
        cwd: where it starts.
        log: its output is appended here; None passes our own output on.
        account: whom to drop to; None stays who we are.
        on_orphaned: what it gets when the launcher is killed (Linux).

    Raises:
        OSError: the log cannot be opened. A program that cannot be executed
            shows as exit status 126 with a line in its log.
    """
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    words = [str(int(on_orphaned)), str(os.getpid()), str(uid), str(gid), *command]
    with ExitStack() as files:
        out = None if log is None else files.enter_context(os.fdopen(_append_to(log), "ab"))
        return subprocess.Popen(  # noqa: S603 - no shell, and the command is ours
            [sys.executable, "-I", "-S", str(child.__file__), *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def end(processes: Iterable[tuple[Process, signal.Signals]], *, grace_s: float) -> None:
    """Ask all at once to end, wait up to `grace_s` seconds together, then kill the rest with their groups."""
    asked = [(process, number) for process, number in processes if process.poll() is None]
    for process, number in asked:
        process.send_signal(number)
    deadline_s = time.monotonic() + grace_s
    for process, _ in asked:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline_s - time.monotonic()))
    for process, _ in asked:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ending(process: Process) -> str:
    """Return in words how a process ended."""
    code = process.returncode
    if code is None:
        return "still running"
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def birth(pid: int) -> str | None:
    """Return what tells a process from a later one with the same id; None when there is none (or a zombie)."""
    if _HAS_PROC:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else fields[19]
    return _ask_ps(pid, "lstart=")


def command_line(pid: int) -> str:
    """Return a process' command and arguments, separated by blanks; empty when there is none."""
    if _HAS_PROC:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return ""
    return _ask_ps(pid, "command=") or ""


def end_stranger(pid: int, born: str, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """End a process that is not our child: one signal after the other, each with its patience in seconds.

    Returns:
        True when it is gone; False when it outlived every step.

    Raises:
        PermissionError: it belongs to somebody else.
    """
    for number, patience_s in steps:
        deadline_s = time.monotonic() + patience_s
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        while birth(pid) == born:
            if time.monotonic() > deadline_s:
                break
            time.sleep(0.05)
        else:
            return True
    return False


def _append_to(log: Path) -> int:
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _ask_ps(pid: int, field: str) -> str | None:
    asked = subprocess.run(  # noqa: S603 - a number and a constant
        ["/bin/ps", "-o", field, "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None
