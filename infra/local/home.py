"""Where things live: OWNCALL_HOME, and the servers' files when their account cannot enter it."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local import account as accounts
from infra.local.account import Account
from infra.local.errors import LaunchError
from infra.local.settings import LocalSettings

ROOTS_HOME = Path("/var/lib/owncall")
PLACES = ROOTS_HOME / "places"
_MARK = ".owncall-home"


@dataclass(frozen=True)
class Home:
    """The folder of one installation, and the folder of its servers (most often inside)."""

    path: Path
    servers: Path

    @property
    def mark(self) -> Path:
        """Says that the folder is ours to remove."""
        return self.path / _MARK

    @property
    def lock_file(self) -> Path:
        """Locked while a launcher lives."""
        return self.path / "launcher.lock"

    @property
    def processes_file(self) -> Path:
        """Who was started, for a next launcher that has to clean up."""
        return self.path / "processes.json"

    @property
    def passwords_file(self) -> Path:
        """Generated once."""
        return self.path / "secrets.json"

    @property
    def links_file(self) -> Path:
        """What `demo prepare` leaves for the launcher."""
        return self.path / "links.json"

    @property
    def run_file(self) -> Path:
        """The addresses of what runs, for programs."""
        return self.path / "run.json"

    @property
    def provider(self) -> Path:
        """The folder of the provider to sign in with."""
        return self.path / "provider"

    @property
    def client_file(self) -> Path:
        """How that provider knows us, for `demo prepare`."""
        return self.provider / "client.json"

    @property
    def mail_drop(self) -> Path:
        """Where the demonstration's letters to peers lie."""
        return self.path / "mail"

    def log(self, name: str) -> Path:
        """Return the log file of the part with this name."""
        return self.path / f"{name}.log"

    def exists(self) -> bool:
        """Tell whether this folder was made by us."""
        return self.mark.exists()


def locate(settings: LocalSettings) -> Path:
    """Return the absolute path of OWNCALL_HOME, or of its default: /var/lib/owncall for root, the user's data folder.

    Raises:
        LaunchError: the user has no home folder.
    """
    try:
        if settings.home:
            return settings.home.expanduser().resolve()
        if os.geteuid() == 0:
            return ROOTS_HOME
        return ((settings.xdg_data_home or Path.home() / ".local/share") / "owncall").expanduser().resolve()
    except RuntimeError:
        raise LaunchError(
            "This account has no home folder to keep OwnCall's data in.",
            "Name a folder that it may write: OWNCALL_HOME=/some/folder make run",
        ) from None


def place_of(path: Path, places: Path = PLACES) -> Path:
    """Return where the servers' files of the home `path` go when their account cannot enter it."""
    return places / hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def find(path: Path, places: Path = PLACES) -> Home:
    """Return the home at `path` as it is, made or not."""
    place = place_of(path, places)
    return Home(path, place if place.is_dir() else path / "servers")


def prepare(path: Path, account: Account | None, tell: Callable[[str], None], places: Path = PLACES) -> Home:
    """Make the home, or take the one that is there, and settle where the servers' files go.

    Args:
        path: absolute; need not exist.
        account: whom the servers drop to, if to anybody.
        tell: takes the line about a separate place.
        places: parent of the separate places.

    Raises:
        LaunchError: the folder cannot be written, or holds somebody else's files.
    """
    try:
        _make(path, places, open_to_pass=account is not None)
        home = find(path, places)
        if account and not accounts.may_enter(account, path) and home.servers.is_relative_to(path):
            home = _elsewhere(path, account, places)
        elif account:
            _make_passable(home.servers)
        else:
            home.servers.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LaunchError(
            f"OwnCall cannot keep its data in {path}: {error.strerror}.",
            "Name a folder that you may write: OWNCALL_HOME=/some/folder make run",
        ) from None
    if not home.servers.is_relative_to(path):
        tell(f"The account {account.name if account else ''} cannot enter {path}: its files are in {home.servers}.")
    return home


def write_private(file: Path, content: object) -> None:
    """Write JSON that only we can read, so that a reader sees all of it or what was there before."""
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
        stream.write("\n")
    fresh.replace(file)


def _make(path: Path, places: Path, *, open_to_pass: bool) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()
        path.chmod(0o711 if open_to_pass else 0o700)
    mark = path / _MARK
    if not mark.exists() and any(inner != places for inner in path.iterdir()):
        raise LaunchError(
            f"{path} holds files that are not OwnCall's.",
            "Name an empty or a new folder: OWNCALL_HOME=/some/folder make run",
        )
    with mark.open("a") as stream:  # every time: shows at once whether we may write here
        if not stream.tell():
            stream.write("This folder is OwnCall's. `make reset` removes it and all that is in it.\n")
    if mark.stat().st_uid != os.geteuid():
        raise LaunchError(
            f"The data in {path} belongs to another account.",
            "Start OwnCall as that account, or name another folder: OWNCALL_HOME=/some/folder make run",
        )


def _elsewhere(path: Path, account: Account, places: Path) -> Home:
    if (path / "servers").exists():
        raise LaunchError(
            f"The account {account.name} keeps its data in {path}, and can no longer enter that folder.",
            f"Let it pass again: chmod o+x {path} (and the folders above it).",
        )
    place = place_of(path, places)
    places.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    _make_passable(places)
    _make_passable(place)
    return Home(path, place)


def _make_passable(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
