"""Who the servers run as: PostgreSQL refuses root, and Valkey has no use for it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LaunchError

NAME = "owncall-postgres"


@dataclass(frozen=True)
class Account:
    """A system account with an entry in the password database (initdb looks itself up)."""

    name: str
    uid: int
    gid: int


def for_servers(tell: Callable[[str], None]) -> Account | None:
    """Return the account that the servers drop to; None for a plain user, whose servers run as they are.

    As root this creates the system account once, and falls back to `nobody`,
    with a line told, where `useradd` is missing or fails.

    Raises:
        LaunchError: root, but there is not even a `nobody`; or a plain user without a name.
    """
    if os.geteuid() != 0:
        _insist_on_a_name(os.geteuid())
        return None
    known = _look_up(NAME)
    if known is None:
        _add(NAME)
        known = _look_up(NAME)  # whatever useradd said: another copy of us may have been faster
    if known is None:
        tell("useradd is missing or failed, so the database runs as the account nobody.")
        known = _look_up("nobody")
    if known is None:
        raise LaunchError(
            "PostgreSQL does not run as root, and no other account can be used.",
            "Run `make run` as a plain user, or install the package that brings useradd.",
        )
    return known


def may_enter(account: Account, place: Path) -> bool:
    """Tell whether the account gets into an existing folder, by trying.

    Raises:
        LaunchError: root here may not become somebody else at all.
    """
    try:
        tried = subprocess.run(  # noqa: S603 - a constant script; the folder is its argument
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(place)],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        raise LaunchError(
            f"PostgreSQL does not run as root, and root may not become {account.name} here.",
            "Run `make run` as a plain user, or in a container that allows changing the user.",
        ) from None
    return tried.returncode == 0


def hand_over(place: Path, account: Account | None) -> None:
    """Make the account the owner of a folder and all below it, unless it owns the folder already."""
    if account is None or place.stat().st_uid == account.uid:
        return
    for inner in place.rglob("*"):
        os.chown(inner, account.uid, account.gid, follow_symlinks=False)
    os.chown(place, account.uid, account.gid)  # last, so that a walk cut short is done again


def write_for(account: Account | None, file: Path, text: str) -> None:
    """Write a new file that only the account can read (ourselves when None); an old one is replaced."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        if account:
            os.fchown(descriptor, account.uid, account.gid)
        stream.write(text)


def _insist_on_a_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise LaunchError(
            f"This account has a number, {uid}, and no name, and PostgreSQL's initdb insists on one.",
            "Run it as an account that /etc/passwd names: in a container, let its image add one (useradd).",
        ) from None


def _look_up(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid)


def _add(name: str) -> None:
    useradd = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    if useradd is None:
        return
    subprocess.run(  # noqa: S603 - constants
        [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", name],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
