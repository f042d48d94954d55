import json
import os
import stat
from pathlib import Path

import pytest

from infra.local import home, ledger, lock, passwords
from infra.local.errors import LaunchError
from infra.local.settings import LocalSettings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def prepared(path: Path) -> home.Home:
    return home.prepare(path, None, lambda _line: None, path.parent / "places")


def test_a_home_is_made_for_its_user_alone_and_found_again(tmp_path: Path) -> None:
    made = prepared(tmp_path / "deep" / "home")

    assert mode(made.path) == mode(made.servers) == 0o700
    assert made.exists()
    assert prepared(made.path) == made
    assert home.find(made.path, tmp_path / "places") == made


def test_a_folder_with_other_files_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    with pytest.raises(LaunchError, match="not OwnCall's"):
        prepared(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LaunchError, match="cannot keep its data"):
        prepared(tmp_path / "file" / "home")


def test_the_other_homes_files_do_not_count_as_foreign(tmp_path: Path) -> None:
    (tmp_path / "root" / "places" / "0123").mkdir(parents=True)

    assert home.prepare(tmp_path / "root", None, lambda _line: None, tmp_path / "root" / "places").exists()


def test_the_home_comes_from_the_settings(tmp_path: Path) -> None:
    named = LocalSettings(home=tmp_path / "x" / ".." / "named")

    assert home.locate(named) == tmp_path / "named"


def test_two_homes_have_two_places(tmp_path: Path) -> None:
    one, other = (home.place_of(tmp_path / name, tmp_path) for name in ("one", "other"))

    assert one != other
    assert one.parent == tmp_path


def test_what_is_written_for_us_alone_is_whole_and_unreadable_to_others(tmp_path: Path) -> None:
    file = tmp_path / "run.json"

    home.write_private(file, {"pids": {"api": 1}})
    home.write_private(file, {"pids": {"api": 2}})

    assert json.loads(file.read_text()) == {"pids": {"api": 2}}
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_passwords_are_drawn_once_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"

    drawn = passwords.keep(file)

    assert passwords.keep(file) == drawn
    assert mode(file) == 0o600
    assert set(json.loads(file.read_text())) == {
        "superuser_password",
        "owner_password",
        "login_password",
        "redis_password",
    }
    assert drawn.owner_password not in repr(drawn)


@pytest.mark.parametrize("content", ["", "[]", '{"superuser_password": "x"}', "\x00"])
def test_unreadable_passwords_are_a_sentence_and_are_not_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)

    with pytest.raises(LaunchError, match="cannot be read"):
        passwords.keep(file)

    assert file.read_text() == content


def test_a_second_launcher_learns_where_the_first_one_is(tmp_path: Path) -> None:
    first = lock.Lock(tmp_path / "lock")
    with pytest.raises(lock.AlreadyRunningError, match="is just starting"):
        lock.Lock(tmp_path / "lock")

    first.name_holder("http://localhost:8080")
    with pytest.raises(lock.AlreadyRunningError, match="at http://localhost:8080") as caught:
        lock.Lock(tmp_path / "lock")
    assert caught.value.holder == lock.Holder(os.getpid(), "http://localhost:8080")

    first.release()
    lock.Lock(tmp_path / "lock").release()


def test_only_those_who_still_run_are_left_running(tmp_path: Path) -> None:
    file = tmp_path / "processes.json"
    assert ledger.left_running(file) == []

    ledger.write(file, {"ours": os.getpid()})
    content = json.loads(file.read_text())
    content["reused"] = {"pid": os.getpid(), "born": "another moment"}
    file.write_text(json.dumps(content))

    assert [name for name, _, _ in ledger.left_running(file)] == ["ours"]
