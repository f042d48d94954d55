"""Faults of a machine: each ends in service, or in one clear sentence that says what to do."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import home
from tests.launching import Launcher, launched, until


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with launched(tmp_path) as made:
        yield made


def _refused(launcher: Launcher, **more: str) -> str:
    refused = launcher.command("run", **more)
    said = refused.communicate(timeout=60)[0]
    assert refused.returncode == 1, said
    assert "Traceback" not in said
    return said


def _stop(launcher: Launcher) -> None:
    assert launcher.process is not None
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGINT)
    launcher.process.communicate(timeout=20)


def _found(launcher: Launcher, pattern: str) -> list[Path]:
    """Look in the home, and where root's launcher keeps what the database's account could not enter there."""
    places = (launcher.home, home.place_of(launcher.home))
    return [path for place in places if place.exists() for path in place.rglob(pattern)]


def _data(launcher: Launcher) -> Path:
    return _found(launcher, "data-18")[0]


def test_data_of_another_major_version_is_one_clear_sentence(launcher: Launcher) -> None:
    launcher.start()
    _stop(launcher)
    data = _data(launcher)
    data.rename(data.with_name("data-17"))

    said = _refused(launcher)

    assert "The local data was made by PostgreSQL 17, and this version of OwnCall brings PostgreSQL 18." in said
    assert "make reset" in said


def test_stale_files_of_a_machine_that_lost_power_do_no_harm(launcher: Launcher) -> None:
    launcher.start()
    os.kill(launcher.told()["pids"]["launcher"], signal.SIGKILL)
    assert launcher.process is not None
    launcher.process.communicate(timeout=20)
    until(lambda: not launcher.answers())
    # As after a power cut: every file that claims that somebody runs, with ids that now are somebody else's.
    launcher.run_file.write_text("{")
    (_data(launcher) / "postmaster.pid").write_text(f"{os.getpid()}\n/nowhere\n0\n5432\n\n127.0.0.1\n\nready\n")
    for name in ("lock", "processes.json"):
        for path in launcher.home.glob(f"*{name}*"):
            path.write_text("half writ")

    launcher.start()

    assert launcher.answers()
    _stop(launcher)


def test_an_initdb_that_was_cut_short_is_done_again(launcher: Launcher) -> None:
    cut = launcher.command("run")
    until(lambda: bool(_found(launcher, "new-*")) or cut.poll() is not None)
    cut.kill()
    cut.communicate(timeout=20)

    launcher.start()

    assert launcher.answers()
    assert _found(launcher, "new-*") == []
    _stop(launcher)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk to fill")
@pytest.mark.parametrize("megabytes", [2, 20])
def test_a_full_disk_is_one_clear_sentence(launcher: Launcher, tmp_path: Path, megabytes: int) -> None:
    """2 MB: not even the programs' copy fits; 20 MB: no room for the data."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:  # noqa: S603 - our own words
        pytest.skip("no right to mount here")
    try:
        for folder in (tmp_path, *tmp_path.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o055)
        said = _refused(launcher, OWNCALL_HOME=str(disk / "home"))
        assert "No space left on device" in said or "no room" in said.lower() or "full" in said.lower()
    finally:
        launcher.command("reset", OWNCALL_HOME=str(disk / "home")).communicate(timeout=60)
        subprocess.run(["umount", str(disk)], check=False)  # noqa: S603, S607 - our own mount


def test_a_home_that_cannot_be_made_is_one_clear_sentence(launcher: Launcher, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    said = _refused(launcher, OWNCALL_HOME=str(blocked / "home"))
    assert str(blocked) in said
