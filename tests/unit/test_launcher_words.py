import io
import json
from pathlib import Path
from typing import Any

import pytest

from infra.local import announce, console, database, product, supervisor
from infra.local.errors import LaunchError
from infra.local.home import Home
from infra.local.settings import LocalSettings, read_settings, server_environment


def test_the_addresses_stand_below_each_other(tmp_path: Path) -> None:
    links = {"peer": "http://localhost:8080/in#1", "duty coordinator": "http://localhost:8080/in#2"}

    lines = announce.page("http://localhost:8080", links, {}, {}, Home(tmp_path, tmp_path / "servers"))

    assert {line.index("http") for line in lines if "/in#" in line} == {4 + len("duty coordinator") + 2}
    assert not any("Pages" in line for line in lines)
    assert any(str(tmp_path / "run.json") in line for line in lines)


def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNCALL_PORT", "eighty")

    with pytest.raises(LaunchError, match="OWNCALL_PORT cannot be used"):
        read_settings()


def test_an_empty_setting_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWNCALL_PORT", "")
    monkeypatch.setenv("YES", "1")

    assert read_settings().port is None
    assert read_settings().yes


def test_addresses_with_passwords_are_not_shown() -> None:
    settings = LocalSettings(database_url="postgresql://a:secret@h/d", redis_url="redis://:secret@h/0")

    assert "secret" not in repr(settings)


def test_the_servers_inherit_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")

    assert "PGDATA" not in server_environment()
    assert server_environment()["LC_ALL"] == "C"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://root:x@db.example:6432/trial", "postgresql://me:pw@db.example:6432/trial"),
        ("postgres://root:p%40x@[::1]/trial?sslmode=require", "postgresql://me:pw@[::1]/trial?sslmode=require"),
        ("postgresql://localhost/trial", "postgresql://me:pw@localhost/trial"),
    ],
)
def test_another_account_gets_the_same_database(given: str, expected: str) -> None:
    assert database.address_for(given, "me", "pw") == expected


def test_the_administrators_address_has_to_be_one() -> None:
    with pytest.raises(LaunchError, match="does not begin with postgresql://") as caught:
        database.check_administrator("mysql://root:secret@h/d")

    assert "secret" not in str(caught.value)


def test_quick_failures_slow_the_next_start_down() -> None:
    waits = [supervisor.wait_before_start(failures) for failures in range(10)]

    assert waits == sorted(waits)
    assert waits[0] < 1
    assert waits[-1] == 30


def test_what_prepare_left_is_read_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "links.json"
    left: dict[str, Any] = {
        "links": {"peer": "u"},
        "pages": {"Ask": "v"},
        "integrator": {"client_id": "i"},
        "sign_on": {"entry": "e"},
    }
    file.write_text(json.dumps(left))

    assert product.read_prepared(file) == product.Prepared(*left.values())
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"links": 1, "pages": {}, "integrator": {}, "sign_on": {}}'])
def test_what_prepare_should_not_leave_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "links.json").write_text(content)

    with pytest.raises(LaunchError, match="no usable file of links"):
        product.read_prepared(tmp_path / "links.json")


def test_lines_survive_a_narrow_encoding() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")

    console.say("Stopping …", to=stream)

    assert raw.getvalue() == b"Stopping ?\n"


def test_only_the_last_lines_of_a_log_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("old\n" + "".join(f"line {n}\n" for n in range(40)))

    assert console.last_lines(log, count=2) == ["line 38", "line 39"]
    assert console.last_lines(log, start=len("old\n"))[0] == "line 25"
    assert console.last_lines(tmp_path / "missing.log") == []
