"""The runbook: a page a fault, each tried by a test; and whatever the code can say when something is wrong is on one.

The sentences are read off the code itself. What an f-string fills in may be anything on the page, so that a page
shows what a real run said.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.api import meanings

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "docs" / "runbook.md"
PAGES = sorted((ROOT / "docs" / "runbook").glob("*.md"))
PARTS = ("## What you see", "## What it means", "## What to do", "## What is safe", "## Tried by")
LONGEST = 90
_RAISED = {"LaunchError", "SetupError"}
_ERRORS = {*_RAISED, "give_up", "__init__"}
_LEVELS = {"warning", "error", "critical", "exception"}
_LEAST_FIXED = 12
"""A sentence needs so many letters of its own, or any text would hold it."""


def _calls(*folders: str) -> Iterator[tuple[str, ast.Call, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node, name


def _pattern(said: ast.expr) -> str | None:
    """Return a pattern of what a string or f-string says; None when it is neither, or holds nothing of its own."""
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    fixed = [str(part.value) if isinstance(part, ast.Constant) else None for part in parts]
    if sum(len(part or "") for part in fixed) < _LEAST_FIXED:
        return None
    return ".*?".join(re.escape(run) for run in _runs(fixed))


def _runs(fixed: list[str | None]) -> list[str]:
    runs = [""]
    for part in fixed:
        if part is None:
            runs.append("")
        else:
            runs[-1] += part
    return runs


def sentences() -> dict[str, str]:
    """Return what launcher, set-up and command line can end with: a pattern by place."""
    found = {}
    for place, call, name in _calls("infra", "services/cli"):
        if name in _RAISED:
            assert isinstance(call.args[0], ast.Constant | ast.JoinedStr), f"{place}: the sentence stands elsewhere"
        if name in _ERRORS and call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
            pattern = _pattern(call.args[0])
            assert pattern, f"{place}: nothing of its own in this sentence"
            found[place] = pattern
    return found


def events() -> set[str]:
    """Return the names of what is logged as a warning or worse, and of what others log."""
    named = {
        str(call.args[0].value)
        for _place, call, name in _calls("services", "libs")
        if name in _LEVELS
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.func, ast.Attribute)
    }
    return named | {"foreign_log"}


def findings() -> set[str]:
    """Return the subjects under which `owncall doctor` can find something wrong, or nothing to look at."""
    subjects = set()
    for _place, call, name in _calls("services/cli"):
        is_finding = name == "judge" or (name == "Finding" and "Standing.WELL" not in ast.unparse(call))
        if is_finding and isinstance(call.args[0], ast.Constant):
            subjects.add(str(call.args[0].value))
    tree = ast.parse((ROOT / "services/cli/doctor.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_REACH":
            assert isinstance(node.value, ast.Dict)
            subjects |= {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return subjects


TEXT = "\n".join(page.read_text() for page in PAGES)


def test_the_collections_are_not_empty() -> None:
    assert len(sentences()) > 35
    assert len(events()) > 15
    assert len(findings()) > 18


@pytest.mark.parametrize("place", sentences())
def test_every_sentence_that_ends_a_command_is_on_a_page(place: str) -> None:
    assert re.search(sentences()[place], TEXT), f"{place}: no page shows this sentence"


@pytest.mark.parametrize("event", sorted(events()))
def test_every_event_that_warns_is_on_a_page(event: str) -> None:
    assert f'"event": "{event}"' in TEXT


@pytest.mark.parametrize("subject", sorted(findings() - {"settings"}))  # the environment alone: it is always seen
def test_every_finding_of_doctor_is_on_a_page(subject: str) -> None:
    assert re.search(rf"^(wrong |unseen) {re.escape(subject)}: ", TEXT, re.MULTILINE)


@pytest.mark.parametrize("code", [code for code, one in meanings.every().items() if one.status == 503])
def test_every_reason_of_503_is_on_a_page(code: str) -> None:
    assert f"/problems/{code}" in TEXT


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_five_parts_is_short_and_is_in_the_index(page: Path) -> None:
    text = page.read_text()
    places = [text.find(f"\n{part}\n") for part in PARTS]
    assert places == sorted(places)
    assert min(places) > 0
    assert text.count("\n") <= LONGEST
    assert f"(runbook/{page.name})" in ENTRY.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_tries_a_page_exists(page: Path) -> None:
    tried = re.findall(r"`(tests/\w+/\w+\.py)::(\w+)`", page.read_text().split("## Tried by")[1])
    assert tried
    for file, name in tried:
        tree = ast.parse((ROOT / file).read_text())
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in defined, f"{file}::{name}"


def test_the_entry_leads_to_no_page_that_is_missing() -> None:
    named = set(re.findall(r"\(runbook/([\w-]+\.md)\)", ENTRY.read_text()))
    assert named == {page.name for page in PAGES}
