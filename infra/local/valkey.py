"""Valkey, driven by ourselves: started, watched, stopped, and killed by tests."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import redis

from infra.local import account as accounts
from infra.local import ports, processes, room
from infra.local.account import Account
from infra.local.console import last_lines
from infra.local.errors import LaunchError
from infra.local.settings import server_environment

READY_WITHIN_S = 30.0  # it reads its append-only file first
_PORT_TRIES = 5


class Valkey:
    """One server on one folder; keeps its port and its data when it is started again."""

    def __init__(
        self,
        folder: Path,
        program: Path,
        *,
        account: Account | None,
        password: str,
        log: Path,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Describe the server; nothing runs yet. Arguments as of Postgres."""
        self.folder, self.program, self.account = folder, program, account
        self.password, self.log, self.pause = password, log, pause
        self.port = 0
        self.process: processes.Process | None = None
        self._log_start = 0

    @property
    def url(self) -> str:
        """Its address; true after `start`."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            LaunchError: it does not come up.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        accounts.hand_over(self.folder, self.account)
        for _ in range(_PORT_TRIES):
            self.port = ports.any_free()
            if self._came_up():
                return
        raise self._failure("lost the race for a port again and again")

    def begin(self) -> processes.Process:
        """Start the server on the port it has, and return at once."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = processes.spawn(
            [str(self.program), str(self._write_configuration())],
            env=server_environment(),
            cwd=self.folder,
            log=self.log,
            account=self.account,
            on_orphaned=signal.SIGTERM,
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

    def stop(self, grace_s: float = 5.0) -> None:
        """Shut it down, and by force after `grace_s` seconds."""
        if self.process:
            processes.end([(self.process, signal.SIGTERM)], grace_s=grace_s)

    def kill(self) -> None:
        """Kill -9 the server, as tests and fate do."""
        if self.process:
            processes.end([(self.process, signal.SIGKILL)], grace_s=5.0)

    def _write_configuration(self) -> Path:
        file = self.folder / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            "protected-mode yes",
            f"port {self.port}",
            f"requirepass {self.password}",
            "dir .",  # where it is started: no path to escape
            "appendonly yes",
            'save ""',
            "daemonize no",
            "loglevel warning",
            'logfile ""',
        ]
        accounts.write_for(self.account, file, "\n".join(lines) + "\n")
        return file

    def _came_up(self) -> bool:
        """Tell whether it answers; False when its port was taken."""
        deadline_s = time.monotonic() + READY_WITHIN_S
        process = self.begin()
        with redis.Redis(host="127.0.0.1", port=self.port, password=self.password, socket_timeout=1.0) as client:
            while time.monotonic() < deadline_s:
                self.pause(0.02)
                if process.poll() is not None:
                    if "Address already in use" in "\n".join(self._said()):
                        return False
                    raise self._failure(processes.ending(process))
                if answers(client):
                    return True
        raise self._failure(f"was not ready after {READY_WITHIN_S:.0f} s")

    def _said(self) -> list[str]:
        return last_lines(self.log, start=self._log_start)

    def _failure(self, reason: str) -> LaunchError:
        said = self._said()
        self.kill()
        if room.is_lacking(said, self.folder):
            return room.none_left("Valkey", self.folder)
        return LaunchError(
            f"Valkey did not start: {reason}.", f"The lines above say why; the whole log is {self.log}", said
        )


def answers(client: redis.Redis) -> bool:
    """Tell whether a server answers the client."""
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
