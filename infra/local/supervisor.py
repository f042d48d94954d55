"""Keeping processes alive: whoever ends without being asked is started again, ever more slowly."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.local import processes
from infra.local.stopping import StopSignal

WAITS_S = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0
LOOK_EVERY_S = 0.2


@dataclass
class Part:
    """One process of the running product.

    Attributes:
        name: its key in run.json.
        title: what the person at the keyboard calls it.
        begin: starts it and returns at once.
        log: where its output goes.
        stop_signal: what asks it to end.
        process: the one that runs, or the last one that did.
    """

    name: str
    title: str
    begin: Callable[[], processes.Process]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    process: processes.Process | None = None
    _began_at_s: float = field(default=0.0, repr=False)
    _failures: int = field(default=0, repr=False)
    _again_at_s: float | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it now."""
        self.process = self.begin()
        self._began_at_s = time.monotonic()
        self._again_at_s = None

    def look(self, now_s: float, tell: Callable[[str], None]) -> bool:
        """Start it again if it ended and has waited long enough.

        Returns:
            True when it was started again, so that its process id is new.
        """
        if self._again_at_s is not None:
            if now_s < self._again_at_s:
                return False
            self.start()
            return True
        if self.process and self.process.poll() is not None:
            steady = now_s - self._began_at_s >= STEADY_S
            self._failures = 0 if steady else self._failures
            wait_s = wait_before_start(self._failures)
            self._failures += 1
            self._again_at_s = now_s + wait_s
            how = processes.ending(self.process)
            tell(f"{self.title} ended ({how}); it is started again in {wait_s:g} s. Its log: {self.log}")
        return False


def wait_before_start(failures: int) -> float:
    """Return the seconds to wait before the next start, after so many quick failures in a row."""
    return WAITS_S[min(failures, len(WAITS_S) - 1)]


def watch(parts: Sequence[Part], stop: StopSignal, tell: Callable[[str], None], changed: Callable[[], None]) -> None:
    """Keep all parts alive until somebody asks to stop; `changed` is called after each new process id.

    Raises:
        Stopped: always, in the end.
    """
    while True:
        stop.pause(LOOK_EVERY_S)
        started = [part.look(time.monotonic(), tell) for part in parts]
        if any(started):
            changed()


def pids(parts: Sequence[Part]) -> dict[str, int]:
    """Return the process ids of the parts that were started, by name."""
    return {part.name: part.process.pid for part in parts if part.process}


def stop_all(waves: Sequence[tuple[Sequence[Part], float]]) -> None:
    """End the parts wave by wave, each wave at once and with its patience in seconds before force."""
    for parts, grace_s in waves:
        running = [(part.process, part.stop_signal) for part in parts if part.process]
        processes.end(running, grace_s=grace_s)
