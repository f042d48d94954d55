"""About the code itself: sizes, policies, jobs, errors, cycles. A rule that matters is a test."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.peer import tables
from libs.peer.callouts.models import State
from libs.peer.callouts.rules import ENDED, MOVES
from libs.peer.errors import PeerError
from libs.tenancy import plane_table
from libs.tenancy.planes import PlaneKind
from services.api import meanings
from services.api.app import check_policy, create_app, routes
from services.api.policy import POLICY, Principal
from services.api.settings import Settings
from services.worker.jobs import DECLARED

ROOT = Path(__file__).parents[2]
MAX_FILE, MAX_FUNCTION = 400, 50


def _sources() -> Iterator[Path]:
    for folder in ("services", "libs", "infra", "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", list(_sources()), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= MAX_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION, f"{node.name} has {lines} lines"


def test_every_route_has_a_policy_and_every_policy_a_route() -> None:
    check_policy()
    assert len(routes()) == len(POLICY)


def test_a_route_without_a_policy_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(POLICY, "accept_offer")
    with pytest.raises(LookupError, match="accept_offer"):
        create_app(Settings(database_url="postgresql://x_login@localhost/x", redis_url="redis://localhost", demo=True))


def test_no_program_desk_or_integrator_route_enters_care_or_dispatch() -> None:
    outsiders = {Principal.PROGRAM_MANAGER, Principal.PSAP_ADMIN, Principal.INTEGRATOR, Principal.DIRECTORY}
    for name, entry in POLICY.items():
        if entry.principals & outsiders:
            assert not entry.planes & {PlaneKind.CARE, PlaneKind.DISPATCH}, name


def test_no_plane_but_care_and_dispatch_touches_what_tells_that_a_request_exists() -> None:
    telling = {"callout", "copy", "offer", "page", "availability", "decision", "own_limits", "contact_cell", "reach"}
    for table, grants in {**plane_table.SHARED, **plane_table.TENANT}.items():
        if table in telling:
            assert set(grants) <= {PlaneKind.CARE, PlaneKind.DISPATCH}, table
    assert set(plane_table.TENANT["request"]) == {PlaneKind.CARE}
    assert plane_table.SHARED["callout"][PlaneKind.CARE] == ("INSERT",)


def test_every_table_is_in_the_plane_table() -> None:
    shared = {
        model.__tablename__
        for model in tables.ALL
        if model.metadata.tables.get(f"shared.{model.__tablename__}") is not None
    }
    assert shared == set(plane_table.SHARED) - plane_table.VIEWS
    assert {model.__tablename__ for model in tables.ALL} - shared == set(plane_table.TENANT)


def test_every_job_names_its_timeout_and_attempts_and_says_what_it_does() -> None:
    kinds = [job.kind for job in DECLARED]
    assert len(kinds) == len(set(kinds))
    for job in DECLARED:
        assert 0 < job.timeout_s <= 60
        assert job.attempts > 1
        assert inspect.getdoc(job.run)
        assert len(inspect.getsource(job.run).splitlines()) <= 35


def test_every_error_has_a_kind_a_code_a_title_and_a_line_in_the_docs() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text()
    found = meanings.expected()
    assert len(found) > 8
    for code, error in found.items():
        assert issubclass(error, PeerError)
        assert error.kind in meanings.STATUS
        assert meanings.title_of(error)
        assert f"`{code}`" in documented, code


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs" / "runbook.md").read_text()
    for name in Settings.model_fields:
        assert f"OWNCALL_{name.upper()}" in documented, name


def test_every_state_can_be_reached_and_every_end_is_one() -> None:
    targets = {target for _sources_of, target in MOVES.values()}
    assert targets | {State.PENDING_APPROVAL, State.PAGING} == set(State)
    for sources, _target in MOVES.values():
        assert not sources & ENDED
