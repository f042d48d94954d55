"""A checkout with the real launcher and a product of twenty lines, for tests to start, kill and spoil."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

import infra
from infra.local import ports

_PRODUCT = {
    "cli": """
import json, os, sys
assert sys.argv[1:4] == ["demo", "prepare", "--links"] and sys.argv[5] == "--provider"
assert json.load(open(sys.argv[6]))["issuer"].startswith("http://127.0.0.1:")
assert os.environ["OWNCALL_DEMO"] == "1" and os.environ["OWNCALL_OWNER_DATABASE_URL"].startswith("postgresql://owncall_owner:")
print("prepared")
links = {"peer": os.environ["OWNCALL_PUBLIC_URL"] + "/in"}
way = {"entry": links["peer"], "redirect_uri": links["peer"]}
json.dump({"links": links, "pages": {}, "integrator": {"client_id": "c"}, "sign_on": way}, open(sys.argv[4], "w"))
""",
    "api": """
import http.server, os
assert "OWNCALL_OWNER_DATABASE_URL" not in os.environ and "OWNCALL_SUPERUSER_DATABASE_URL" not in os.environ
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["OWNCALL_PORT"])), Ready).serve_forever()
""",
    "worker": """
import os, signal
assert "OWNCALL_OWNER_DATABASE_URL" not in os.environ and "OWNCALL_SUPERUSER_DATABASE_URL" not in os.environ
signal.pause()
""",
    "registrar": """
import os, signal
assert os.environ["OWNCALL_OWNER_DATABASE_URL"] and "OWNCALL_SUPERUSER_DATABASE_URL" not in os.environ
signal.pause()
""",
}


@dataclass
class Launcher:
    """A checkout with the real launcher and a tiny product.

    Attributes:
        through: words before every command, such as those that drop to a plain user.
    """

    checkout: Path
    home: Path
    port: int
    process: subprocess.Popen[str] | None = None
    through: Sequence[str] = ()

    def command(self, name: str, **more: str) -> subprocess.Popen[str]:
        home = {"OWNCALL_HOME": str(self.home), "OWNCALL_PORT": str(self.port), "HOME": str(self.checkout)}
        return subprocess.Popen(  # noqa: S603 - our own launcher
            [*self.through, sys.executable, "-m", "infra.local", name],
            cwd=self.checkout,
            env={"PATH": "/usr/bin:/bin", **home, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> None:
        self.process = self.command("run")
        until(lambda: (self.run_file.exists() and self.answers()) or self.ended)
        assert not self.ended, self.process.communicate()[0]

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    @property
    def run_file(self) -> Path:
        return self.home / "run.json"

    def told(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.run_file.read_text())
        return content

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, "waited too long"
        time.sleep(0.02)


@contextmanager
def launched(tmp_path: Path) -> Iterator[Launcher]:
    """Lay out the checkout; whatever still runs at the end is stopped and removed."""
    checkout = tmp_path / "a checkout"
    shutil.copytree(str(Path(infra.__file__).parent), checkout / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    for name, source in {"": "", **_PRODUCT}.items():
        package = checkout / "services" / name
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(source)
    made = Launcher(checkout, tmp_path / "home", ports.any_free())
    yield made
    made.command("reset").communicate(timeout=60)
    if made.process:
        made.process.communicate(timeout=60)


def as_plain_user(uid: int | None = None) -> Sequence[str]:
    """Return the words before a command that let root run it as a plain user; none where we are one.

    Args:
        uid: whom to become; None means the account nobody.

    The interpreter may lie in root's own home, so the plain user keeps the right to read everywhere, and no other.
    """
    if os.geteuid() != 0:
        return ()
    user = str(pwd.getpwnam("nobody").pw_uid if uid is None else uid)
    words = [
        *("setpriv", "--reuid", user, "--regid", user, "--clear-groups"),
        *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
    ]
    asked = [*words, sys.executable, "-c", "import os, asyncpg; assert os.geteuid() != 0"]
    if shutil.which("setpriv") is None or subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603 - our own words
        pytest.skip("root cannot become a plain user here (setpriv with CAP_DAC_READ_SEARCH)")
    return words


@contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Sequence[str]]:
    """Put a disk of so many megabytes at an empty folder, for everybody to write.

    Yields the words before a command that has to see it: none for root, who mounts it for all; a plain user's is in
    a namespace of its own, in which the user is mapped back to itself.
    """
    options = f"size={int(megabytes * 1024)}k,mode=1777"
    if os.geteuid() == 0:
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603 - our own words
            pytest.skip("root may not mount a small disk here")
        try:
            yield ()
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S603, S607 - our own mount
        return
    inside = f'mount -t tmpfs -o {options} tmpfs "$0" && exec unshare --map-user={os.geteuid()} "$@"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", inside, str(folder)]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - our own words
        pytest.skip("a plain user may not mount a small disk here (no user namespaces)")
    yield words
