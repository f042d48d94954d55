"""PostgreSQL, driven by ourselves: started, watched, stopped, and killed by tests."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from infra.local import cluster, ports, processes, room
from infra.local.account import Account
from infra.local.console import last_lines
from infra.local.errors import LaunchError
from infra.local.settings import server_environment

READY_WITHIN_S = 90.0  # recovery after a crash takes a while
STEP_S = 0.03
_PORT_TRIES = 5

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",
    "jit": "off",
    # Nothing that somebody wrote may reach the log: no statements, no values, no row of a broken constraint.
    "log_statement": "none",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# synchronous_commit stays on: what was committed survives a kill -9 (though no power cut), and tests kill.
_THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """One server on one folder; keeps its port and its data when it is started again."""

    def __init__(
        self,
        folder: Path,
        programs: Path,
        *,
        account: Account | None,
        password: str,
        log: Path,
        durable: bool = True,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Describe the server; nothing runs yet.

        Args:
            folder: its files, in a folder that `account` can enter.
            programs: the folder of `postgres` and `initdb`.
            account: whom to drop to; None runs it as ourselves.
            password: of the superuser.
            log: output is appended here.
            durable: False trades the data's survival of a power cut for speed.
            pause: how to sleep; may raise to break off.
        """
        self.folder, self.programs, self.account = folder, programs, account
        self.password, self.log, self.durable, self.pause = password, log, durable, pause
        self.port = 0
        self.process: processes.Process | None = None
        self._data = cluster.data_folder(folder)
        self._overlook: dict[str, str] = {}
        self._log_start = 0

    def url(self, database: str) -> str:
        """Return the superuser's address of a database; true after `start`."""
        return f"postgresql://{cluster.SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self, tell: Callable[[str], None]) -> None:
        """Make the cluster if need be, stop who still runs on it, start, and wait until it answers.

        Raises:
            LaunchError: it does not come up.
        """
        recipe = cluster.Recipe(self.programs, self.account, self.password, self.log, self.durable)
        self._data = cluster.make(self.folder, recipe, self.pause)
        self._overlook = cluster.end_running(self._data, tell)
        for _ in range(_PORT_TRIES):
            self.port = ports.any_free()
            if self._came_up():
                return
        raise self._failure("lost the race for a port again and again")

    def begin(self) -> processes.Process:
        """Start the server on the port it has, and return at once."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        settings = {**_ALWAYS, **({} if self.durable else _THROWAWAY), "port": str(self.port)}
        self.process = processes.spawn(
            [
                str(self.programs / "postgres"),
                "-D",
                str(self._data),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            env={**server_environment(), **self._overlook},
            cwd=self.folder,
            log=self.log,
            account=self.account,
            on_orphaned=signal.SIGINT,
        )
        return self.process

    def restart(self) -> None:
        """Stop it if it runs, start it on the same port and wait until it answers.

        Raises:
            LaunchError: it does not come up.
        """
        self.stop()
        if not self._came_up():
            raise self._failure("found its port taken")

    def stop(self, grace_s: float = 10.0) -> None:
        """Shut it down (fast: clients are cut off, data is written), and by force after `grace_s` seconds."""
        if self.process:
            processes.end([(self.process, signal.SIGINT)], grace_s=grace_s)

    def kill(self) -> None:
        """Kill -9 the server, as tests and fate do."""
        if self.process:
            processes.end([(self.process, signal.SIGKILL)], grace_s=5.0)

    def _came_up(self) -> bool:
        """Tell whether it answers; False when its port was taken.

        Orphaned backends of a killed server hold its shared memory until they
        notice; a start meanwhile fails, and is tried again.
        """
        deadline_s = time.monotonic() + READY_WITHIN_S
        process = self.begin()
        while time.monotonic() < deadline_s:
            self.pause(STEP_S)
            found = cluster.read_postmaster(self._data)
            if process.poll() is None:
                if found and found.pid == process.pid and found.is_ready:
                    return True
                continue
            said = "\n".join(self._said())
            if "Address already in use" in said:
                return False
            if "pre-existing shared memory block" not in said:
                raise self._failure(processes.ending(process))
            self.pause(0.2)
            process = self.begin()
        raise self._failure(f"was not ready after {READY_WITHIN_S:.0f} s")

    def _said(self) -> list[str]:
        return last_lines(self.log, start=self._log_start)

    def _failure(self, reason: str) -> LaunchError:
        said = self._said()
        self.kill()
        if room.is_lacking(said, self.folder):
            return room.none_left("PostgreSQL", self.folder)
        return LaunchError(
            f"PostgreSQL did not start: {reason}.", f"The lines above say why; the whole log is {self.log}", said
        )
