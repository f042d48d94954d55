"""`python -m infra.local run` from outside, with a product of twenty lines: up, killed, up again, down, removed."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import ports, processes
from tests.launching import Launcher, launched, until


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with launched(tmp_path) as made:
        yield made


def test_it_comes_up_mends_itself_and_goes_down(launcher: Launcher) -> None:
    launcher.start()
    told = launcher.told()
    assert launcher.answers()
    assert launcher.run_file.stat().st_mode & 0o777 == 0o600
    assert told["base_url"] == f"http://localhost:{launcher.port}"
    assert told["links"] == {"peer": f"{told['base_url']}/in"}
    assert set(told["pids"]) == {"launcher", "api", "worker", "registrar", "provider", "postgres", "redis"}

    second = launcher.command("run")
    said = second.communicate(timeout=30)[0]
    assert second.returncode == 1
    assert f"already runs on the data in {launcher.home} at {told['base_url']}." in said

    for name in ("api", "worker", "registrar", "provider", "postgres", "redis"):
        os.kill(told["pids"][name], signal.SIGKILL)
    until(
        lambda: all(
            launcher.told()["pids"][name] != told["pids"][name]
            for name in ("api", "worker", "registrar", "provider", "redis")
        )
    )
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
