"""T7 leaves nothing out: every operation of /v1 is fuzzed, once, as somebody who may; what it may answer is said."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from services.api.app import create_app, routes
from services.api.declared import Problem
from services.api.policy import POLICY, Principal
from services.api.settings import Settings
from tests.fuzzing import PARTS

FUZZED = Counter(name for part in PARTS.values() for name in part.operations)


def test_every_operation_is_fuzzed_and_none_twice() -> None:
    operations = {route.name for route in routes() if route.path.startswith("/v1/") and route.include_in_schema}
    assert set(FUZZED) == operations
    assert [name for name, times in FUZZED.items() if times > 1] == []


@pytest.mark.parametrize("who", PARTS)
def test_each_is_fuzzed_as_somebody_who_may(who: str) -> None:
    for name in PARTS[who].operations:
        assert POLICY[name].principals & {PARTS[who].principal, Principal.ANYBODY}, name


def _document() -> dict[str, Any]:
    return create_app(
        Settings.model_validate(
            {"database_url": "postgresql://x_login:x@x/x", "redis_url": "redis://x", "public_url": "https://x"}
        )
    ).openapi()


def _refs(value: object) -> Iterator[str]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"]
    for part in parts:
        yield from _refs(part)


def test_what_the_document_refers_to_is_in_it() -> None:
    document = _document()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(_refs(document)) <= known


def test_what_all_of_a_kind_may_answer_is_declared_for_each() -> None:
    for path, found in _document()["paths"].items():
        for operation in found.values() if path.startswith("/v1/") else ():
            wanted = {"400", "413", "503"} if "requestBody" in operation else {"503"}
            if Principal.ANYBODY not in POLICY[operation["operationId"]].principals:
                wanted |= {"401", "403"}
            if "{" in path:
                wanted |= {"404", "422"}
            answers = operation["responses"]
            assert wanted <= set(answers), operation["operationId"]
            assert "application/json" not in answers.get("422", {}).get("content", {}), operation["operationId"]


def test_a_problem_may_name_a_line_by_its_number() -> None:
    """As lists of hard calls do; the document said that it would be text."""
    said = {"type": "t", "title": "t", "status": 422, "request_id": "1", "errors": [{"line": 3, "column": "at"}]}
    assert validator_for(Problem.model_json_schema()).is_valid(said)
