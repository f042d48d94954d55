"""The published OpenAPI document: what integrators and whoever asks may count on. What our own pages call is not in it.

Source: docs/decisions/0037-the-contract-with-integrators.md
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from libs.peer.clients.models import Scope
from services.api.declared import Problem
from services.api.door import oauth
from services.api.policy import POLICY, Principal

PATH = Path(__file__).parents[3] / "docs" / "openapi.json"
Json = dict[str, Any]
_OF_EVERYBODY = ("/v1/regions/{region}/requests", "/v1/regions/{region}/figures")
_TOKENS = frozenset({"issue_token", "revoke_token"})
_PROBLEM = "application/problem+json"
_JSON, _MERGE_PATCH = "application/json", "application/merge-patch+json"
_MAY = {
    Scope.AGENCIES_READ: "Read which centers take part.",
    Scope.ROSTER_READ: "Show who the peers are, and who is on duty by the schedule.",
    Scope.INCIDENTS_WRITE: "Report incidents of a center.",
    Scope.WEBHOOKS_READ: "Read your own webhooks.",
    Scope.WEBHOOKS_WRITE: "Set your own webhooks.",
    Scope.SANDBOX_WRITE: "Put the sandbox back. Every key of a sandbox has this, and no other key can.",
}
_DESCRIPTION = (
    "What a center's or region's own systems may do; asking for a peer, and what is published, which need no account. "
    "Additive within "
    "v1: ignore what you do not know. Every error is a problem document (RFC 9457); its `type` is an address that "
    "explains it."
)


def document(app: FastAPI) -> Json:
    """Return the contract as an OpenAPI 3.1 document."""
    whole = app.openapi()
    paths: Json = {}
    for path, operations in whole["paths"].items():
        kept = {
            method: _complete(method, operation) for method, operation in operations.items() if _is_in(path, operation)
        }
        if kept:
            paths[path] = kept
    schemas: Json = {**whole["components"]["schemas"], "Problem": Problem.model_json_schema()}
    needed = _needed(paths, schemas)
    return _renamed(
        {
            "openapi": whole["openapi"],
            "info": {"title": "OwnCall", "version": "1", "description": _DESCRIPTION},
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": {"schemas": needed, "securitySchemes": _schemes()},
        },
        {name: name.rpartition("__")[2] for name in needed},
    )


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield path, method and operation, one after another."""
    for path, found in document["paths"].items():
        for method, operation in found.items():
            yield path, method, operation


def _is_in(path: str, operation: Json) -> bool:
    name = operation["operationId"]
    return Principal.INTEGRATOR in POLICY[name].principals or name in _TOKENS or path.startswith(_OF_EVERYBODY)


def _complete(method: str, operation: Json) -> Json:
    """Say by what one comes in, and name every problem: what holds for all of them is said here, once."""
    operation = copy.deepcopy(operation)
    name = operation["operationId"]
    operation["summary"], _, rest = str(operation.pop("description", "")).partition("\n")
    operation |= {"description": rest.strip()} if rest.strip() else {}
    entry = POLICY[name]
    is_machines = Principal.INTEGRATOR in entry.principals
    if is_machines:
        operation["security"] = [{"oauth2": [entry.scope]}]
    elif name in _TOKENS:
        operation["security"] = [{"client": []}, {"assertion": []}]
    else:
        operation["security"] = []
    sent = operation.get("requestBody", {}).get("content", {})
    if method == "patch" and _JSON in sent:
        sent[_MERGE_PATCH] = sent[_JSON]
    answers = operation["responses"]
    if name not in _TOKENS:
        answers |= {status: {"description": said, "content": {_PROBLEM: {}}} for status, said in _refusals(operation)}
    for answer in answers.values():
        if _PROBLEM in answer.get("content", {}):
            answer["content"][_PROBLEM] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    operation["responses"] = dict(sorted(answers.items()))
    return operation


def _refusals(operation: Json) -> Iterator[tuple[str, str]]:
    if operation["security"]:
        yield "401", "No token, or one that ended."
        yield "403", "Its scope does not allow this."
    if "requestBody" in operation:
        yield "413", "It is too large. Nothing was kept of it."
    yield "422", "Something in it cannot be used; `errors` names each part by JSON Pointer."
    yield (
        "503",
        "Out of reach for the moment: see `Retry-After`. What was sent may be kept; sent again it happens once.",
    )


def _needed(paths: Json, schemas: Json) -> Json:
    """Return the schemas that the paths name, and those that they name in turn."""
    found: set[str] = set()
    waiting = list(_named(paths))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(schemas[name])
    return {name: schemas[name] for name in sorted(found)}


def _renamed(document: Json, names: dict[str, str]) -> Json:
    """Call schemas by their own name alone: where a module is moved, nothing changes for a client.

    Raises:
        LookupError: two have the same one.
    """
    if len(set(names.values())) != len(names):
        raise LookupError(f"two schemas of one name among {sorted(names)}")

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: f"#/components/schemas/{names[one.rpartition('/')[2]]}"
                if key == "$ref" and isinstance(one, str)
                else renamed(one)
                for key, one in value.items()
            }
        return [renamed(one) for one in value] if isinstance(value, list) else value

    made = renamed(document)
    assert isinstance(made, dict)  # noqa: S101 - it was one
    made["components"]["schemas"] = {names[name]: schema for name, schema in made["components"]["schemas"].items()}
    return made


def _named(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield ref.rpartition("/")[2]
        for one in value.values():
            yield from _named(one)
    elif isinstance(value, list):
        for one in value:
            yield from _named(one)


def _schemes() -> Json:
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "An opaque token of 15 minutes, by client credentials.",
            "flows": {
                "clientCredentials": {"tokenUrl": oauth.TOKEN, "scopes": {scope.value: _MAY[scope] for scope in Scope}}
            },
        },
        "client": {"type": "http", "scheme": "basic", "description": "`client_secret_basic`: client id and secret."},
        "assertion": {
            "type": "apiKey",
            "in": "query",
            "name": "client_assertion",
            "description": "`private_key_jwt` (RFC 7523), in the form itself.",
        },
    }
