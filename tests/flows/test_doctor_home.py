"""`owncall doctor` on what `make run` runs: found without being named, and each thing that can be wrong with it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local import home, ports
from services.cli.findings import Finding, Standing
from tests.launching import Launcher, launched, small_disk, until

ROOT = Path(__file__).parents[2]
SECRETS = ("superuser_database_url", "owner_database_url", "database_url", "redis_url")


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with launched(tmp_path) as made:
        yield made


def _doctor(**environment: str) -> tuple[int, dict[str, Finding]]:
    """Run the command as a person would, with this environment and no other."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "doctor", "--json"],
        cwd=ROOT,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    found = [Finding(**item) for item in json.loads(done.stdout)["findings"]]
    return done.returncode, {item.subject: item for item in found}


def _of(launcher: Launcher) -> dict[str, Finding]:
    return _doctor(OWNCALL_HOME=str(launcher.home))[1]


def _killed(launcher: Launcher) -> None:
    launcher.start()
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGKILL)
    assert launcher.process is not None
    launcher.process.communicate(timeout=20)
    until(lambda: not launcher.answers())


@pytest.mark.timeout(240)
def test_a_real_run_is_found_without_any_setting_and_all_is_well(tmp_path: Path) -> None:
    """The usual home: of XDG_DATA_HOME for a plain user, so OWNCALL_HOME names it where root runs the test."""
    place = tmp_path / "owncall"
    usual = {"OWNCALL_HOME": str(place)} if os.geteuid() == 0 else {"XDG_DATA_HOME": str(tmp_path)}
    told = {"PATH": os.defpath, "HOME": str(tmp_path), **usual}
    running = subprocess.Popen(
        [sys.executable, "-m", "infra.local", "run"],
        cwd=ROOT,
        env={**told, "OWNCALL_PORT": str(ports.any_free())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line)
            if "Remove all data" in line:
                break
        status, found = _doctor(**usual, HOME=str(tmp_path))
        assert {item.subject: item for item in found.values() if item.standing != Standing.WELL} == {}, said
        assert status == 0
        assert set(found) >= {"home", "room", "local data", "launcher", "leftovers", "processes", "revokes", "clock"}
        told_addresses = json.loads((place / "run.json").read_text())
        assert found["launcher"].said.endswith(f"at {told_addresses['base_url']}")
        assert not [word for word in SECRETS if told_addresses[word] in str(found)]
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=40)
        subprocess.run(
            [sys.executable, "-m", "infra.local", "reset"], cwd=ROOT, env={**told, "YES": "1"}, check=True, timeout=60
        )


def test_where_nothing_is_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    status, found = _doctor(OWNCALL_HOME=str(tmp_path / "nowhere"), HOME=str(tmp_path))
    assert status == 2
    assert set(found) == {"home"}
    assert found["home"].said == f"there is no data of OwnCall in {tmp_path / 'nowhere'}"
    assert found["home"].fix.startswith("Start it: make run.")


def test_a_database_that_is_named_wins_and_the_usual_home_is_left_alone(tmp_path: Path) -> None:
    _status, found = _doctor(OWNCALL_DATABASE_URL="postgresql://test_login:x@127.0.0.1:1/x", HOME=str(tmp_path))
    assert "home" not in found
    assert found["database"].standing == Standing.UNSEEN


def test_a_home_that_cannot_be_named_is_one_finding() -> None:
    status, found = _doctor(OWNCALL_PORT="many")
    assert status == 2
    assert found["home"].said.startswith("The setting OWNCALL_PORT cannot be used")


def test_a_stopped_one_has_nothing_left_over(launcher: Launcher) -> None:
    launcher.start()
    assert launcher.process is not None
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGINT)
    launcher.process.communicate(timeout=20)
    found = _of(launcher)
    assert {name for name, item in found.items() if item.standing != Standing.WELL} == {"launcher"}
    assert found["launcher"].standing == Standing.UNSEEN
    assert found["leftovers"].said == "none"
    assert found["local data"].said == "of PostgreSQL 18"


def test_after_a_kill_9_it_names_what_was_left_and_make_run_mends_it(launcher: Launcher) -> None:
    _killed(launcher)
    found = _of(launcher)
    assert found["launcher"].standing == Standing.WRONG
    assert found["launcher"].said.startswith("was killed: process ")
    assert "run.json" in found["leftovers"].said
    assert "processes.json" in found["leftovers"].said
    assert found["database"].standing == Standing.UNSEEN

    launcher.start()

    assert _of(launcher)["leftovers"].standing == Standing.WELL


def test_a_process_that_is_gone_is_named(launcher: Launcher) -> None:
    launcher.start()
    pids = launcher.told()["pids"]
    os.kill(pids["launcher"], signal.SIGSTOP)  # or it would be mended before anybody could look
    try:
        os.kill(pids["worker"], signal.SIGKILL)
        found = _of(launcher)
    finally:
        os.kill(pids["launcher"], signal.SIGCONT)
    assert found["processes"].standing == Standing.WRONG
    assert found["processes"].said == f"gone: worker (process {pids['worker']})"


def _another_version(launcher: Launcher) -> None:
    place = _servers(launcher) / "postgres"
    (place / "data-18").rename(place / "data-17")


def _cut_short(launcher: Launcher) -> None:
    (_servers(launcher) / "postgres" / "new-abc").mkdir()


def _half_written(launcher: Launcher) -> None:
    launcher.run_file.write_text("{")


def _not_ours(launcher: Launcher) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give the home to somebody else")
    os.chown(launcher.home / ".owncall-home", 65534, 65534)


@pytest.mark.parametrize(
    ("breaks", "subject", "said"),
    [
        (_another_version, "local data", "made by PostgreSQL 17; this version of OwnCall brings PostgreSQL 18"),
        (_cut_short, "leftovers", "new-abc"),
        (_half_written, "leftovers", "run.json"),
        (_not_ours, "home", "belongs to another account, or may not be written"),
    ],
    ids=["another version", "an initdb cut short", "a half-written run.json", "somebody else's home"],
)
def test_what_is_wrong_with_a_home_is_named_with_what_to_do(
    launcher: Launcher, breaks: Callable[[Launcher], None], subject: str, said: str
) -> None:
    launcher.start()
    assert launcher.process is not None
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGINT)
    launcher.process.communicate(timeout=20)
    breaks(launcher)
    try:
        found = _of(launcher)
    finally:
        os.chown(launcher.home / ".owncall-home", os.geteuid(), -1)
    assert {name for name, item in found.items() if item.standing == Standing.WRONG} == {subject}
    assert said in found[subject].said
    assert found[subject].fix


def test_a_disk_that_is_nearly_full_is_found_before_it_is(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, 50) as seeing:
        if seeing:
            pytest.skip("this user's small disk is out of our sight; root's run of this test sees it")
        place = home.prepare(disk / "home", None, lambda _line: None, tmp_path / "places")
        found = _doctor(OWNCALL_HOME=str(place.path))[1]
    assert found["room"].standing == Standing.WRONG
    assert found["room"].said == "49 MB free on its disk"


def _servers(launcher: Launcher) -> Path:
    return home.find(launcher.home).servers
