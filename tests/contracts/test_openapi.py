"""The committed document is what the API is, and nothing that would break a client goes unnoticed."""

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from jsonschema_rs import validator_for

from services.api import deprecation
from services.api.app import create_app, routes
from services.api.contract.breaking import breaking
from services.api.contract.document import PATH, document, operations
from services.api.deprecation import UNTIL
from services.api.policy import POLICY, Principal
from services.api.settings import Settings

Json = dict[str, Any]
COMMITTED: Json = json.loads(PATH.read_text())


def _now() -> Json:
    settings = Settings(database_url="postgresql://x_login:x@localhost/x", redis_url="redis://localhost", demo=True)
    return document(create_app(settings))


def test_the_committed_document_is_the_apis() -> None:
    now = _now()
    assert breaking(COMMITTED, now) == [], "this would break a client: add what is new beside what is there"
    assert now == COMMITTED, "python -m services.api.publish writes docs/openapi.json anew"


def test_every_operation_of_machines_is_in_it_with_its_scope_its_problems_and_an_example_of_what_is_sent() -> None:
    found = {operation["operationId"]: operation for _path, _method, operation in operations(COMMITTED)}
    machines = {name: entry for name, entry in POLICY.items() if Principal.INTEGRATOR in entry.principals}
    assert machines.keys() <= found.keys()
    for name, entry in machines.items():
        assert found[name]["security"] == [{"oauth2": [entry.scope]}], name
        assert {"401", "403", "422", "503"} <= found[name]["responses"].keys(), name
        for kind, content in found[name].get("requestBody", {}).get("content", {}).items():
            schema = _schema(content["schema"])
            examples = [content["example"]] if "example" in content else schema.get("examples", [])
            assert examples, f"{name}, {kind}"
            for example in examples:
                validator_for({**schema, "components": COMMITTED["components"]}).validate(example)


def test_every_refusal_is_a_problem_that_the_document_describes() -> None:
    for path, method, operation in operations(COMMITTED):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and not path.startswith("/v1/oauth/"):
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (path, method, status)


def _schema(found: Json) -> Json:
    ref = found.get("$ref")
    schema: Json = COMMITTED["components"]["schemas"][ref.rpartition("/")[2]] if ref else found
    return schema


OLD: Json = {
    "paths": {
        "/things": {
            "post": {
                "operationId": "make",
                "security": [{"oauth2": ["things:write"]}],
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingIn"}}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingOut"}}}},
                    "404": {"description": "None."},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "ThingIn": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 40},
                    "kind": {"enum": ["a", "b"]},
                    "way": {"const": "mail"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
            "ThingOut": {
                "type": "object",
                "required": ["id", "state"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "state": {"enum": ["open", "done"]},
                    "sort": {"const": "thing"},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/ThingOut"}},
                },
            },
        }
    },
}
Change = Callable[[Json, Json, Json], object]
"""Of the operation, of what is sent, of what is answered."""
BREAKING: dict[str, Change] = {
    "the operation is called otherwise": lambda do, _sent, _said: do.update(operationId="create"),
    "another scope": lambda do, _sent, _said: do.update(security=[{"oauth2": ["all:write"]}]),
    "a parameter is gone": lambda do, _sent, _said: do.update(parameters=[]),
    "a parameter takes less": lambda do, _sent, _said: do["parameters"][0]["schema"].update(maximum=50),
    "a parameter is required": lambda do, _sent, _said: do["parameters"][0].update(required=True),
    "a new parameter is required": lambda do, _sent, _said: do["parameters"].append(
        {"in": "header", "name": "key", "required": True}
    ),
    "a body is required": lambda do, _sent, _said: do["requestBody"].update(required=True),
    "no body is taken": lambda do, _sent, _said: do.pop("requestBody"),
    "another kind of body": lambda do, _sent, _said: do["requestBody"].update(content={"text/csv": {}}),
    "an answer is gone": lambda do, _sent, _said: do["responses"].pop("404"),
    "another success": lambda do, _sent, _said: do["responses"].update({"202": {}}),
    "another kind of answer": lambda do, _sent, _said: do["responses"]["201"]["content"].update({"text/html": {}}),
    "sent: something is gone": lambda _do, sent, _said: sent["properties"].pop("kind"),
    "sent: something is required": lambda _do, sent, _said: sent["required"].append("kind"),
    "sent: fewer values": lambda _do, sent, _said: sent["properties"]["kind"].update(enum=["a"]),
    "sent: only some values": lambda _do, sent, _said: sent["properties"]["name"].update(enum=["x"]),
    "sent: one other value": lambda _do, sent, _said: sent["properties"]["way"].update(const="fax"),
    "sent: shorter": lambda _do, sent, _said: sent["properties"]["name"].update(maxLength=20),
    "sent: a least length": lambda _do, sent, _said: sent["properties"]["name"].update(minLength=3),
    "sent: a pattern": lambda _do, sent, _said: sent["properties"]["name"].update(pattern="^a"),
    "sent: another type": lambda _do, sent, _said: sent["properties"]["name"].update(type="integer"),
    "sent: no null": lambda _do, sent, _said: sent["properties"]["note"]["anyOf"].pop(),
    "sent: other items": lambda _do, sent, _said: sent["properties"]["tags"]["items"].update(type="integer"),
    "sent: nothing unknown": lambda _do, sent, _said: sent.update(additionalProperties=False),
    "answered: something is gone": lambda _do, _sent, said: said["properties"].pop("note"),
    "answered: not always there": lambda _do, _sent, said: said["required"].remove("state"),
    "answered: a new value": lambda _do, _sent, said: said["properties"]["state"]["enum"].append("lost"),
    "answered: more than the one value": lambda _do, _sent, said: said["properties"].update(
        sort={"enum": ["thing", "part"]}
    ),
    "answered: any value": lambda _do, _sent, said: said["properties"]["state"].pop("enum"),
    "answered: another form": lambda _do, _sent, said: said["properties"]["id"].update(format="date"),
    "answered: a new kind of value": lambda _do, _sent, said: said["properties"]["note"]["anyOf"].append(
        {"type": "array"}
    ),
}
ADDITIVE: dict[str, Change] = {
    "nothing": lambda _do, _sent, _said: None,
    "other words": lambda do, sent, _said: (do.update(summary="New"), sent.update(description="New", title="New")),
    "a new optional parameter": lambda do, _sent, _said: do["parameters"].append({"in": "query", "name": "after"}),
    "a parameter takes more": lambda do, _sent, _said: do["parameters"][0]["schema"].update(maximum=500),
    "one more refusal": lambda do, _sent, _said: do["responses"].update({"429": {}}),
    "one more kind of body": lambda do, _sent, _said: do["requestBody"]["content"].update({"text/csv": {}}),
    "sent: something optional": lambda _do, sent, _said: sent["properties"].update(more={"type": "string"}),
    "sent: no longer required": lambda _do, sent, _said: sent["required"].clear(),
    "sent: more values": lambda _do, sent, _said: sent["properties"]["kind"]["enum"].append("c"),
    "sent: more than the one value": lambda _do, sent, _said: sent["properties"].update(way={"enum": ["mail", "fax"]}),
    "sent: longer": lambda _do, sent, _said: sent["properties"]["name"].update(maxLength=80),
    "answered: something more": lambda _do, _sent, said: said["properties"].update(more={"type": "string"}),
    "answered: always there": lambda _do, _sent, said: said["required"].append("note"),
    "answered: fewer values": lambda _do, _sent, said: said["properties"]["state"].update(enum=["open"]),
    "answered: never null": lambda _do, _sent, said: said["properties"]["note"]["anyOf"].pop(),
}


def _changed(change: Change) -> Json:
    new = copy.deepcopy(OLD)
    schemas = new["components"]["schemas"]
    change(new["paths"]["/things"]["post"], schemas["ThingIn"], schemas["ThingOut"])
    return new


@pytest.mark.parametrize("change", BREAKING)
def test_what_breaks_a_client_is_named(change: str) -> None:
    assert breaking(OLD, _changed(BREAKING[change]))


@pytest.mark.parametrize("change", ADDITIVE)
def test_what_is_added_breaks_nobody(change: str) -> None:
    assert breaking(OLD, _changed(ADDITIVE[change])) == []


def test_an_operation_that_goes_is_named() -> None:
    assert breaking(OLD, {**OLD, "paths": {}}) == ["POST /things is gone"]
    assert breaking({**OLD, "paths": {}}, OLD) == []


def _ending(day: str) -> Json:
    return _changed(lambda do, _sent, _said: do.update({"deprecated": True, UNTIL: day}))


def test_an_operation_may_go_on_the_day_that_was_announced_and_no_sooner() -> None:
    gone, announced = {**OLD, "paths": {}}, _ending("2028-02-01")
    assert breaking(announced, gone, today=date(2028, 1, 31)) == ["POST /things is gone"]
    assert breaking(announced, gone, today=date(2028, 2, 1)) == []


def test_an_end_is_announced_a_year_ahead_and_never_brought_forward() -> None:
    today = date(2027, 2, 1)
    assert breaking(OLD, _ending("2028-02-01"), today=today) == []
    assert breaking(OLD, _ending("2028-01-31"), today=today) == [
        "POST /things would end on 2028-01-31, not before 2028-02-01"
    ]
    assert breaking(_ending("2028-02-01"), _ending("2028-01-31"), today=date(2028, 1, 1)) != []
    assert breaking(_ending("2028-02-01"), _ending("2029-01-01"), today=date(2028, 1, 1)) == []
    assert breaking(_ending("2028-02-01"), OLD, today=date(2028, 1, 1)) == []


def test_whatever_of_the_product_is_deprecated_names_its_days() -> None:
    assert deprecation.unsaid(routes()) == []
