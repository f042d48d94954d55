"""One launcher a home: a file lock that the kernel lets go when its holder dies."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LaunchError


@dataclass(frozen=True)
class Holder:
    """Who holds the lock; `base_url` is empty while it is still choosing its port."""

    pid: int
    base_url: str


class AlreadyRunningError(LaunchError):
    """Another launcher holds this home."""

    def __init__(self, path: Path, holder: Holder | None) -> None:
        at = f" at {holder.base_url}" if holder and holder.base_url else ""
        super().__init__(
            f"OwnCall already runs on the data in {path}{at or ', and is just starting'}.",
            "Open that address, or stop it with Ctrl-C where it was started; a second one needs its own OWNCALL_HOME.",
        )
        self.holder = holder


class Lock:
    """The lock of one home; held from construction until `release` or the end of the process."""

    def __init__(self, file: Path) -> None:
        """Take the lock.

        Raises:
            AlreadyRunningError: somebody else holds it.
            LaunchError: the file cannot be opened or locked.
        """
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(file, error) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            if isinstance(error, BlockingIOError):
                raise AlreadyRunningError(file.parent, read_holder(file)) from None
            raise _unusable(file, error) from None
        self.name_holder("")

    def name_holder(self, base_url: str) -> None:
        """Write down who holds the lock, at which address."""
        text = json.dumps({"pid": os.getpid(), "base_url": base_url}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def release(self) -> None:
        """Let go; the file stays, empty, since removing it would let two hold "the" lock."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def read_holder(file: Path) -> Holder | None:
    """Return what the last holder wrote; None when it wrote nothing (yet)."""
    try:
        content = json.loads(file.read_text())
        return Holder(int(content["pid"]), str(content["base_url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unusable(file: Path, error: OSError) -> LaunchError:
    return LaunchError(
        f"OwnCall cannot lock {file}: {error.strerror}.",
        "Name a folder on a local disk that you may write: OWNCALL_HOME=/some/folder make run",
    )
