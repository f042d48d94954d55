"""What a caller sends and we do not know is refused, never dropped: a word that is misspelled would change nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.api.app import create_app
from services.api.settings import Settings

_OPEN = {
    "receive_eido": "NENA's own document, of which we keep a part; what a CAD system adds is none of our business",
    "Credential": "what a browser's PublicKeyCredential.toJSON() says, which the next browser says more of",
}
"""What may hold more than is declared, and why."""
_DOCUMENT: dict[str, Any] = create_app(
    Settings.model_validate(
        {"database_url": "postgresql://x_login:x@x/x", "redis_url": "redis://x", "public_url": "https://x"}
    )
).openapi()


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object in a body, and in what it holds; not those that a browser's credential is."""
    if "$ref" in schema:
        schema = _DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "object":
        yield schema
    for one in schema.get("properties", {}).items():
        if one[0] != "credential":
            yield from _objects(one[1])
    for several in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(several, []):
            yield from _objects(part)
    if isinstance(schema.get("items"), dict):
        yield from _objects(schema["items"])


def _bodies() -> dict[str, dict[str, Any]]:
    found = {}
    for path, methods in _DOCUMENT["paths"].items():
        for one in methods.values() if path.startswith("/v1/") else ():
            for kind, content in one.get("requestBody", {}).get("content", {}).items():
                if kind.endswith("json") and one["operationId"] not in _OPEN:
                    found[one["operationId"]] = content["schema"]
    return found


@pytest.mark.parametrize("operation", sorted(_bodies()))
def test_a_body_takes_what_it_says_and_nothing_else(operation: str) -> None:
    for schema in _objects(_bodies()[operation]):
        assert schema.get("additionalProperties") is False, schema.get("title")


def test_what_may_hold_more_is_still_there() -> None:
    assert set(_OPEN) == {"receive_eido", "Credential"}
    assert "receive_eido" in {one["operationId"] for path in _DOCUMENT["paths"].values() for one in path.values()}
    for name in "EnrollmentIn", "ShownIn", "NewPasskeyIn":
        assert _DOCUMENT["components"]["schemas"][name]["properties"]["credential"]["additionalProperties"] is True
