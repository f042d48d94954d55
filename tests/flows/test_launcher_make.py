"""Which Python `make` picks, and what it says when there is none that will do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bootstrap

_BROKEN_SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"
_TOO_OLD = "#!/bin/sh\necho 3.9\n"
_PICKED = """#!/bin/sh
case "$*" in
  *version_info*) echo {version} ;;
  *import*) exit {venv} ;;
  *) echo "{name} runs: $*" ;;
esac
"""
_SHOWS_ITS_WORDS = """#!/bin/sh
case "$*" in
  *version_info*) echo 3.11 ;;
  *import*) ;;
  *) printf "<%s>" "$@" ;;
esac
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for tool in ("sh", "make", "sed"):
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"no {tool} here")
        (tmp_path / tool).symlink_to(found)
    return tmp_path


def interpreter(path: Path, name: str, script: str) -> None:
    (path / name).write_text(script)
    (path / name).chmod(0o755)


def make(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - make, with a PATH made here
        [str(path / "make"), *words],
        cwd=bootstrap.ROOT,
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_broken_shim_is_passed_over_for_the_next_one_that_runs(path: Path) -> None:
    interpreter(path, "python3.13", _BROKEN_SHIM)
    interpreter(path, "python3.12", _PICKED.format(name="the other", version="3.12", venv=0))

    assert make(path, "run").stdout == "the other runs: -I infra/bootstrap.py run\n"


def test_one_with_venv_is_preferred_to_a_newer_one_without(path: Path) -> None:
    interpreter(path, "python3.13", _PICKED.format(name="bare", version="3.13", venv=1))
    interpreter(path, "python3", _PICKED.format(name="whole", version="3.11", venv=0))

    assert make(path, "run").stdout.startswith("whole runs")


def test_one_without_venv_is_still_asked_so_that_it_can_say_so(path: Path) -> None:
    interpreter(path, "python3.13", _PICKED.format(name="bare", version="3.13", venv=1))

    assert make(path, "run").stdout.startswith("bare runs")


def test_words_for_pytest_are_passed_on_as_a_shell_reads_them(path: Path) -> None:
    interpreter(path, "python3.11", _SHOWS_ITS_WORDS)

    said = make(path, "test", "ARGS=-k 'one or two' --pdb").stdout

    assert said == "<-I><infra/bootstrap.py><test><-k><one or two><--pdb>"


def test_without_a_python_that_will_do_it_says_what_it_found_and_what_to_do(path: Path) -> None:
    interpreter(path, "python3.13", _BROKEN_SHIM)
    interpreter(path, "python3", _TOO_OLD)

    ended = make(path, "test")

    assert ended.returncode != 0
    assert ended.stderr.startswith(
        "OwnCall needs Python 3.11, 3.12 or 3.13; found: python3.13 does not run; python3 is 3.9.\n"
        "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make test PYTHON="
    )


def test_with_nothing_at_all_it_says_so(path: Path) -> None:
    assert "found: none." in make(path, "run").stderr


def test_this_very_python_would_be_picked(path: Path) -> None:
    script = f'#!/bin/sh\ncase "$*" in *bootstrap.py*) echo "$@";; *) exec {sys.executable} "$@";; esac\n'
    interpreter(path, "python3", script)

    assert make(path, "check").stdout == "-I infra/bootstrap.py check\n"
