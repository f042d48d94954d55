"""`python -m infra.local run` from outside, with a product of twenty lines: up, killed, up again, down, removed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

import infra
from infra.local import ports, processes

_PRODUCT = {
    "cli": """
import json, os, sys
assert sys.argv[1:4] == ["demo", "prepare", "--links"]
assert os.environ["OWNCALL_DEMO"] == "1" and os.environ["OWNCALL_OWNER_DATABASE_URL"].startswith("postgresql://owncall_owner:")
print("prepared")
links = {"peer": os.environ["OWNCALL_PUBLIC_URL"] + "/in"}
json.dump({"links": links, "pages": {}, "integrator": {"client_id": "c"}}, open(sys.argv[4], "w"))
""",
    "api": """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["OWNCALL_PORT"])), Ready).serve_forever()
""",
    "worker": """
import signal
signal.pause()
""",
}


@dataclass
class Launcher:
    """A checkout with the real launcher and a tiny product."""

    checkout: Path
    home: Path
    port: int
    process: subprocess.Popen[str] | None = None

    def command(self, name: str, **more: str) -> subprocess.Popen[str]:
        home = {"OWNCALL_HOME": str(self.home), "OWNCALL_PORT": str(self.port), "HOME": str(self.checkout)}
        return subprocess.Popen(  # noqa: S603 - our own launcher
            [sys.executable, "-m", "infra.local", name],
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


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
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


def test_it_comes_up_mends_itself_and_goes_down(launcher: Launcher) -> None:
    launcher.start()
    told = launcher.told()
    assert launcher.answers()
    assert launcher.run_file.stat().st_mode & 0o777 == 0o600
    assert told["base_url"] == f"http://localhost:{launcher.port}"
    assert told["links"] == {"peer": f"{told['base_url']}/in"}
    assert set(told["pids"]) == {"launcher", "api", "worker", "postgres", "redis"}

    second = launcher.command("run")
    said = second.communicate(timeout=30)[0]
    assert second.returncode == 1
    assert f"already runs on the data in {launcher.home} at {told['base_url']}." in said

    for name in ("api", "worker", "postgres", "redis"):
        os.kill(told["pids"][name], signal.SIGKILL)
    until(lambda: all(launcher.told()["pids"][name] != told["pids"][name] for name in ("api", "worker", "redis")))
    until(lambda: launcher.told()["pids"]["postgres"] != told["pids"]["postgres"])
    until(launcher.answers)
    assert launcher.told()["database_url"] == told["database_url"]

    pids = launcher.told()["pids"].values()
    began_at_s = time.monotonic()
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGINT)
    assert launcher.process is not None
    said = launcher.process.communicate(timeout=20)[0]
    assert time.monotonic() - began_at_s < 15
    assert launcher.process.returncode == 0
    assert "The web service ended (killed by SIGKILL); it is started again" in said
    assert not launcher.run_file.exists()
    assert not [pid for pid in pids if processes.birth(pid)]


def test_after_a_kill_9_of_the_launcher_it_starts_on_the_same_data_and_reset_ends_it(launcher: Launcher) -> None:
    launcher.start()
    assert launcher.process is not None
    passwords = (launcher.home / "secrets.json").read_text()
    before = launcher.told()["pids"]

    os.kill(before["launcher"], signal.SIGKILL)
    launcher.process.communicate(timeout=20)
    launcher.run_file.unlink()
    launcher.start()

    assert launcher.answers()
    assert not [pid for pid in before.values() if processes.birth(pid)]
    assert (launcher.home / "secrets.json").read_text() == passwords

    reset = launcher.command("reset")
    said = reset.communicate(timeout=60)[0]
    assert reset.returncode == 0, said
    assert f"Removed all local data of OwnCall in {launcher.home}." in said
    assert not launcher.home.exists()
    launcher.process.communicate(timeout=20)
    assert not launcher.answers()


def test_a_taken_port_is_one_clear_sentence(launcher: Launcher) -> None:
    with socket.create_server(("127.0.0.1", launcher.port)):
        refused = launcher.command("run")
        said = refused.communicate(timeout=30)[0]

    assert refused.returncode == 1
    sentence, hint = said.splitlines()[-2:]
    assert sentence == f"Port {launcher.port}, asked for with OWNCALL_PORT, is taken by another program."
    assert hint.startswith("Choose another: OWNCALL_PORT=")


def test_a_database_that_is_not_there_is_a_sentence_without_its_password(launcher: Launcher) -> None:
    url = f"postgresql://root:unspeakable@127.0.0.1:{ports.any_free()}/owncall"

    refused = launcher.command("run", OWNCALL_DATABASE_URL=url)
    said = refused.communicate(timeout=60)[0]

    assert refused.returncode == 1
    assert "The database that OWNCALL_DATABASE_URL names cannot be reached" in said
    assert "unspeakable" not in said
