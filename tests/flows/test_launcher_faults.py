"""Faults of a machine: each ends in service, or in one clear sentence that says what to do."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import home
from tests.launching import Launcher, as_plain_user, launched, small_disk, until


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


@pytest.mark.parametrize(
    ("megabytes", "sentence", "hint"),
    [
        (0.004, "OwnCall could not write: No space left on device.", "Make room on that disk"),
        (
            20,
            "The programs of PostgreSQL and Valkey cannot be copied to {home}/servers/binaries: No space",
            "(50 MB)",
        ),
        (70, "The disk is full: PostgreSQL has no room in {home}/servers/postgres.", "Make room there (250 MB"),
    ],
    ids=["nothing fits", "no second copy of the programs", "no data"],
)
def test_a_full_disk_is_one_clear_sentence_for_root(
    launcher: Launcher, tmp_path: Path, megabytes: float, sentence: str, hint: str
) -> None:
    if os.geteuid() != 0:
        pytest.skip("root's launcher alone makes a second copy of the programs; the plain user's test is the next one")
    disk = _disk(tmp_path)
    with small_disk(disk, megabytes):
        launcher.home = disk / "home"
        said = _refused(launcher)
        assert sentence.format(home=launcher.home) in said
        assert hint in said
        launcher.command("reset").communicate(timeout=60)


@pytest.mark.parametrize(
    ("megabytes", "sentence", "hint"),
    [
        (0.004, "OwnCall could not write: No space left on device.", "Make room on that disk"),
        (20, "The disk is full: PostgreSQL has no room in {home}/servers/postgres.", "Make room there (250 MB"),
    ],
    ids=["nothing fits", "no data"],
)
def test_a_full_disk_is_one_clear_sentence_for_a_plain_user(
    launcher: Launcher, tmp_path: Path, megabytes: float, sentence: str, hint: str
) -> None:
    disk = _disk(tmp_path)
    with small_disk(disk, megabytes) as seeing:
        launcher.home, launcher.through = disk / "home", [*seeing, *as_plain_user()]
        said = _refused(launcher)
        assert sentence.format(home=launcher.home) in said
        assert hint in said
        launcher.command("reset").communicate(timeout=60)


def test_a_plain_user_needs_no_second_copy_of_the_programs(launcher: Launcher, tmp_path: Path) -> None:
    """So there is no lack of room for it either: they run from where they were installed."""
    disk = _disk(tmp_path)
    with small_disk(disk, 300) as seeing:
        if seeing:
            pytest.skip("this user's small disk is out of our sight; root's run of this test sees it")
        launcher.home, launcher.through = disk / "home", as_plain_user()
        launcher.start()
        assert launcher.answers()
        assert not (launcher.home / "servers" / "binaries").exists()
        _stop(launcher)
        launcher.command("reset").communicate(timeout=60)


def test_once_there_is_room_again_it_starts(launcher: Launcher, tmp_path: Path) -> None:
    disk = _disk(tmp_path)
    with small_disk(disk, 300) as seeing:
        if seeing:
            pytest.skip("this user's small disk is out of our sight; root's run of this test sees it")
        launcher.home, launcher.through = disk / "home", as_plain_user()
        filled = disk / "somebody else's"
        filled.write_bytes(bytes(285 * 1024 * 1024))
        assert "The disk is full: PostgreSQL has no room" in _refused(launcher)
        filled.unlink()
        launcher.start()
        assert launcher.answers()
        _stop(launcher)
        launcher.command("reset").communicate(timeout=60)


def test_an_account_without_a_name_is_one_clear_sentence(launcher: Launcher, tmp_path: Path) -> None:
    """As in containers that run under any number."""
    if os.geteuid() != 0:
        pytest.skip("only root can become an account without a name")
    launcher.through = as_plain_user(uid=23454)
    launcher.home = _disk(tmp_path) / "home"
    said = _refused(launcher)
    assert said.startswith("This account has a number, 23454, and no name, and PostgreSQL's initdb insists on one.")


def _disk(tmp_path: Path) -> Path:
    """Make an empty folder that other accounts can reach."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    return disk


def test_a_provider_that_does_not_come_up_keeps_nobody_from_being_served(launcher: Launcher) -> None:
    launcher.start()
    before = launcher.told()["provider"]
    _stop(launcher)
    folder = launcher.home / "provider"
    (folder / "kept.json").write_text("half writ")
    (folder / "keys").write_text("a file where a folder should be")
    (folder / "users.yaml").write_text("half writ")

    launcher.start()

    assert launcher.answers()
    assert launcher.told()["provider"]["password"] != before["password"]
    _stop(launcher)


def test_a_providers_port_that_is_taken_gives_it_another_one(launcher: Launcher) -> None:
    launcher.start()
    before = launcher.told()["provider"]["issuer"]
    _stop(launcher)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(before.rpartition(":")[2])))
        taken.listen()

        launcher.start()

        assert launcher.answers()
        assert launcher.told()["provider"]["issuer"] != before
    _stop(launcher)


def test_a_home_that_cannot_be_made_is_one_clear_sentence(launcher: Launcher, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    said = _refused(launcher, OWNCALL_HOME=str(blocked / "home"))
    assert str(blocked) in said
