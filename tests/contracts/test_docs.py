"""The docs and what is committed say what is true."""

import re
import subprocess
from pathlib import Path

from infra import bootstrap
from libs.peer import states_page
from libs.peer.callouts.rules import TRACES_LIVE

ROOT = Path(__file__).parents[2]


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    for path in (ROOT / "lock").iterdir():
        text = path.read_text()
        assert "://" not in text, path
        assert text.count("==") <= text.count("--hash=sha256:")


def test_the_map_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for parent in ("libs", "libs/peer", "services", "services/api"):
        for room in (ROOT / parent).iterdir():
            if room.is_dir() and (room / "__init__.py").exists():
                assert room.name in text, f"{room.relative_to(ROOT)} is missing from docs/architecture.md"


def test_every_local_link_in_the_docs_leads_somewhere() -> None:
    for path in (item for item in _tracked() if item.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_trust_pages_seven_days_are_the_codes() -> None:
    assert TRACES_LIVE.days == 7
    assert "7 days" in (ROOT / "services/api/templates/requests/trust.html").read_text()


def test_the_diagrams_are_those_of_the_moves() -> None:
    said = "python -m libs.peer.states_page prints docs/states.md anew"
    assert states_page.PATH.read_text() == states_page.page(), said


def test_what_has_a_full_size_or_a_figure_is_run_by_make_verify() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        name = str(path.relative_to(ROOT))
        if "record.size(" in path.read_text() or "record.note(" in path.read_text():
            assert name.startswith(bootstrap.VERIFIED), f"infra/bootstrap.py does not list {name} in VERIFIED"


def test_what_must_not_happen_names_tests_that_exist_and_every_row_has_one() -> None:
    text = (ROOT / "docs" / "complaints.md").read_text()
    rows = [
        line
        for line in text.splitlines()
        if line.startswith("| ") and not re.match(r"\| (---|complaint|fault|promise) ", line)
    ]
    assert rows
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", row)
        assert named, f"docs/complaints.md: no test for {row.split('|')[1].strip()}"
        for path, test in named:
            assert re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE), f"{path}::{test}"


def test_every_area_of_dispatch_has_its_promises() -> None:
    text = (ROOT / "docs" / "complaints.md").read_text()
    promises = text.partition("## What dispatch promises")[2].partition("\n## ")[0]
    by_area = {part.partition("\n")[0]: part.count("\n| ") - 2 for part in promises.split("### ")[1:]}
    assert set(by_area) == {
        *("Teams and people", "Shifts", "Matching", "Paging and escalation", "Never ghosted", "Deployments"),
        *("Outside the region", "Follow-ups", "Views, walks and the demonstration"),
    }
    assert min(by_area.values()) > 0, by_area
