import ast
from pathlib import Path

import pytest

from infra import bootstrap


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "lock").mkdir()
    (tmp_path / ".venv").mkdir()
    for file in ("lock/demo.txt", "lock/dev.txt", "pyproject.toml"):
        (tmp_path / file).write_text(file)
    return tmp_path


def stamp(checkout: Path, name: str) -> None:
    text = bootstrap.fingerprint(name, "3.11", checkout)
    (checkout / ".venv" / f"owncall-{name}.stamp").write_text(text)


def test_an_old_python_gets_as_far_as_the_sentence() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 6))


def test_nothing_is_set_up_before_the_first_time(checkout: Path) -> None:
    assert not bootstrap.is_set_up("demo", "3.11", checkout)
    assert not bootstrap.is_set_up("dev", "3.11", checkout)


def test_what_tests_need_is_enough_to_run_and_not_the_other_way_round(checkout: Path) -> None:
    stamp(checkout, "demo")
    assert bootstrap.is_set_up("demo", "3.11", checkout)
    assert not bootstrap.is_set_up("dev", "3.11", checkout)

    stamp(checkout, "dev")
    (checkout / ".venv/owncall-demo.stamp").unlink()
    assert bootstrap.is_set_up("demo", "3.11", checkout)


@pytest.mark.parametrize("file", ["lock/dev.txt", "pyproject.toml"])
def test_a_changed_file_is_set_up_anew(checkout: Path, file: str) -> None:
    stamp(checkout, "dev")

    (checkout / file).write_text("changed")

    assert not bootstrap.is_set_up("dev", "3.11", checkout)


def test_another_python_or_a_moved_checkout_is_set_up_anew(checkout: Path) -> None:
    stamp(checkout, "dev")

    assert not bootstrap.is_set_up("dev", "3.12", checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    assert not bootstrap.is_set_up("dev", "3.11", moved)


def test_every_command_of_the_makefile_is_known() -> None:
    makefile = (bootstrap.ROOT / "Makefile").read_text()
    targets = {line.split(":")[0] for line in makefile.splitlines() if ": ##" in line}

    assert targets == {*bootstrap.LOCK_OF, "lock", "help"}
    assert set(bootstrap.HAND_OVER) == set(bootstrap.LOCK_OF)
