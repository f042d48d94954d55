"""A provider to sign in with, as a center's own would be: nanoidp, in the demonstration alone, on loopback.

It is nobody's to wait for: OwnCall serves whether it comes up or not.
"""

import json
import shutil
import sys
from dataclasses import asdict, dataclass, fields

from infra.local import ports, processes
from infra.local.home import Home, write_private
from infra.local.passwords import draw
from infra.local.settings import server_environment
from infra.local.supervisor import Part

NAME, TITLE = "provider", "The provider to sign in with"
CLIENT = "owncall"
ACCOUNT, GROUP = "rae", "leads"
STRANGER, STRANGERS_GROUP = "kit", "payroll"
"""Somebody else who works there, and whom no group lets in."""
_SHORT = 12


@dataclass(frozen=True, repr=False)
class Kept:
    """What is drawn once, so that whoever signed in is known again after the next start."""

    port: int
    client_secret: str
    password: str
    session_key: str
    management_secret: str


class Provider:
    """The provider of one home."""

    def __init__(self, home: Home) -> None:
        """Draw what is not drawn yet; nothing runs yet."""
        self._home, self._folder = home, home.provider
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._kept = self._keep()
        self.issuer = f"http://127.0.0.1:{self._kept.port}"

    def introduce(self) -> None:
        """Write down, for `demo prepare`, how it knows us."""
        secret = self._kept.client_secret
        said = {"issuer": self.issuer, "client_id": CLIENT, "client_secret": secret, "group": GROUP}
        write_private(self._home.client_file, said)

    def part(self, redirect_uri: str) -> Part:
        """Return its process, not yet started.

        Args:
            redirect_uri: where it sends people back to.
        """
        write_private(self._folder / "settings.yaml", self._settings(redirect_uri))  # JSON is YAML
        write_private(self._folder / "users.yaml", self._users())
        log, config = self._home.log(NAME), str(self._folder)
        command = [sys.executable, "-m", "nanoidp", "--config", config, "--strict-config"]

        def begin() -> processes.Process:
            # Keys that a kill left half written would keep it down for good; new ones are fetched when they are seen.
            shutil.rmtree(self._folder / "keys", ignore_errors=True)
            return processes.spawn(command, env=server_environment(), cwd=self._folder, log=log)

        return Part(NAME, TITLE, begin, log)

    def for_programs(self, entry: str) -> dict[str, str]:
        """Return what run.json says of it; `entry`: the page of ours that leads there."""
        return {"entry": entry, "issuer": self.issuer, "account": ACCOUNT, "password": self._kept.password}

    def lines(self, entry: str) -> dict[str, str]:
        """Return what the person at the keyboard reads of it."""
        return {
            "Sign in at": entry,
            "Account there": f"{ACCOUNT}, password {self._kept.password}",
            "No group lets in": f"{STRANGER}, same password",
            "The provider": f"{self.issuer} (nanoidp), in this demonstration alone",
        }

    def _keep(self) -> Kept:
        file = self._folder / "kept.json"
        try:
            content = json.loads(file.read_text())
            kept = Kept(**{field.name: field.type(content[field.name]) for field in fields(Kept)})  # type: ignore[operator]
            if ports.is_free(kept.port):
                return kept
        except (OSError, ValueError, KeyError, TypeError):
            pass  # there is nothing in it that could be lost
        drawn = Kept(ports.any_free(), draw(), draw()[:_SHORT], draw(), draw())
        write_private(file, asdict(drawn))
        return drawn

    def _settings(self, redirect_uri: str) -> dict[str, object]:
        kept = self._kept
        client = {"client_id": CLIENT, "client_secret": kept.client_secret, "redirect_uris": [redirect_uri]}
        return {
            "config_version": 1,
            "security_profile": "oauth21",
            "cors_allowed_origins": [],
            "server": {"host": "127.0.0.1", "port": kept.port},
            "oauth": {"issuer": self.issuer, "clients": [client]},
            "jwt": {"keys_dir": str(self._folder / "keys")},
            "session": {
                "secret_key": kept.session_key,
                "require_ui_login": True,
                "management_secret": kept.management_secret,
            },
        }

    def _users(self) -> dict[str, object]:
        people = {ACCOUNT: GROUP, STRANGER: STRANGERS_GROUP}
        users = {
            name: {"password": self._kept.password, "roles": [], "groups": [group]} for name, group in people.items()
        }
        return {"config_version": 1, "users": users}
