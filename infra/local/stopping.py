"""Ctrl-C and its relatives, noticed only where we pause.

An exception thrown from a signal handler could strike between starting a
process and writing its name down. So the handler only takes a note, and every
wait of the launcher goes through `pause`.
"""

import signal
import time
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Somebody asked the launcher to stop."""


class StopSignal:
    """The note that somebody asked to stop."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Take note of SIGINT, SIGTERM and SIGHUP from now on (a SIGHUP that nohup ignores stays ignored)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._note)

    def pause(self, seconds: float) -> None:
        """Sleep; keep it short, since a signal is noticed at the end.

        Raises:
            Stopped: a signal came, before or while sleeping.
        """
        if not self.requested:
            time.sleep(seconds)
        if self.requested:
            raise Stopped

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
