"""Room on the disk: how much a home needs, and whether a server failed for lack of it."""

import os
from collections.abc import Iterable
from pathlib import Path

from infra.local.errors import LaunchError

NEEDED_MB = 250
"""A new home with the demonstration's data; as root with a second copy of the programs (50 MB)."""
_NONE_LEFT_MB = 1
_SIGNS = ("No space left on device", "Check free disk space", "Disk quota exceeded")


def free_mb(place: Path) -> int:
    """Return the megabytes that this account may still write on the disk of an existing folder."""
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize // 1024**2


def is_lacking(said: Iterable[str], place: Path) -> bool:
    """Tell whether a server's own words name a full disk, or the disk of `place` is full now (its log is there)."""
    return any(sign in line for line in said for sign in _SIGNS) or free_mb(place) < _NONE_LEFT_MB


def none_left(title: str, place: Path) -> LaunchError:
    """Return the failure of a server that found no room."""
    return LaunchError(
        f"The disk is full: {title} has no room in {place}.",
        f"Make room there ({NEEDED_MB} MB for a new home), or name another folder: OWNCALL_HOME=/some/folder make run",
    )
