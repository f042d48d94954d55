"""What the launcher says, in plain words."""

import os
import sys
import time
from pathlib import Path
from typing import TextIO

from infra.local.errors import LaunchError


def say(line: str = "", *, to: TextIO | None = None) -> None:
    """Write one line to standard output, or to the stream given.

    A closed terminal or pipe is no reason to leave servers behind: the line
    is then dropped. Signs that the stream cannot encode become "?".
    """
    stream = to or sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # what is still buffered goes there, too
        os.close(nowhere)


def say_error(error: LaunchError) -> None:
    """Write a failure to standard error: sentence, log lines if any, hint."""
    say(error.sentence, to=sys.stderr)
    for line in error.lines:
        say(f"    {line}", to=sys.stderr)
    say(error.hint, to=sys.stderr)


def heading(text: str) -> str:
    """Return the text, bold on a terminal and plain everywhere else."""
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def last_lines(file: Path, *, count: int = 15, start: int = 0) -> list[str]:
    """Return the last lines of a log from byte `start` on; none if it cannot be read."""
    try:
        with file.open("rb") as log:
            log.seek(start)
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[-count:]


class Progress:
    """Progress lines that carry the seconds since the first one was possible."""

    def __init__(self) -> None:
        self._began_at_s = time.monotonic()

    def tell(self, line: str) -> None:
        """Say what now holds, with the seconds it took to get there."""
        say(f"[{time.monotonic() - self._began_at_s:4.0f} s] {line}")
