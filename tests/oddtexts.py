"""Texts that no column can hold, put into every place of every operation where a text may stand."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote
from uuid import uuid4

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from jsonschema_rs import validator_for

ODD = ("a\x00b", "\ud800z")
"""What PostgreSQL and UTF-8 refuse: in JSON both can be said by an escape, in an address and a form by a percent."""

_TEXTS = (
    *("words", "en", "12", "a_b", "+18165550123", "0123456789", "A" * 43, "08:00", "UTC", "https://hooks.example.org/"),
    *("2027-01-01", "2027-01-01T08:00:00Z", "00000000-0000-4000-8000-000000000001", "A" * 22, "1234567", "2027-01"),
)
_BY_FORMAT = {
    "date-time": "2027-01-01T08:00:00Z",
    "date": "2027-01-01",
    "time": "08:00",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "uri": "https://hooks.example.org/",
}
_FREE = {"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "a", "signature": "a"}}
_JSON, _FORMS = "application/json", ("application/x-www-form-urlencoded", "multipart/form-data")
_ONCE = "idempotency-key"

Json: TypeAlias = Any
Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One call, in full.

    Attributes:
        where: which place the odd text is in.
    """

    where: str
    path: str
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class Shape:
    """What an operation takes, by its document.

    Attributes:
        parameters: those in the address and in headers.
        kind: of its body; "" for an operation without one.
        body: the body's schema.
    """

    path: str
    parameters: Sequence[Schema]
    kind: str
    body: Schema
    document: Schema

    def calls(self, ids: dict[str, str]) -> Iterator[Sent]:
        """Yield it as it should be called, then once for each place and each odd text.

        Args:
            ids: what stands for parameters and fields of these names.
        """
        usual = {(one["in"], one["name"]): ids.get(one["name"]) or self._text(one["schema"]) for one in self.parameters}
        body = _sample(self.body, self.document, ids) if self.kind else {}
        yield self._sent("nowhere", usual, body)
        for key in usual:
            for odd in ODD:
                yield self._sent(f"{key} {odd!r}", {**usual, key: odd}, body)
        for where, changed in self._bodies(body, ids) if self.kind else ():
            yield self._sent(where, usual, changed)

    def _bodies(self, body: Json, ids: dict[str, str]) -> Iterator[tuple[str, Json]]:
        """Yield the smallest body with an odd text in each place, and in each that it could have besides."""
        yield from _changed(body, "body")
        for name, part in _followed(self.body, self.document).get("properties", {}).items():
            if name not in body:
                for where, changed in _changed(_sample(part, self.document, ids), f"body/{name}"):
                    yield where, {**body, name: changed}

    def _text(self, schema: Schema) -> str:
        found = _sample(schema, self.document, {})
        return found if isinstance(found, str) else json.dumps(found)

    def _sent(self, where: str, said: dict[tuple[str, str], str], body: Json) -> Sent:
        path, query, headers = self.path, list[str](), dict[bytes, bytes]()
        for (place, name), value in said.items():
            if place == "path":
                path = path.replace("{" + name + "}", percent(value))
            elif place == "query":
                query.append(f"{name}={percent(value)}")
            else:
                sent = uuid4().hex if name.lower() == _ONCE and value not in ODD else value
                headers[name.encode()] = sent.encode("utf-8", "surrogatepass")
        if self.kind:
            headers[b"content-type"] = self.kind.replace(_FORMS[1], _FORMS[0]).encode()
        return Sent(where, path + ("?" + "&".join(query) if query else ""), headers, self._content(body))

    def _content(self, body: Json) -> bytes:
        if self.kind in _FORMS:
            return "&".join(f"{percent(key)}={percent(_flat(value))}" for key, value in body.items()).encode()
        return json.dumps(body).encode() if self.kind == _JSON else b""


def shapes(routes: Sequence[APIRoute]) -> dict[tuple[str, str], Shape]:
    """Return what each operation takes, by path and method: of pages, too, which are in no document."""
    was = {id(route): route.include_in_schema for route in routes}
    for route in routes:
        route.include_in_schema = True
    try:
        document = get_openapi(title="all", version="1", routes=routes)
    finally:
        for route in routes:
            route.include_in_schema = was[id(route)]
    found = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            bodies = one.get("requestBody", {}).get("content", {})
            kind = next(iter(bodies), "")
            body = bodies.get(kind, {}).get("schema", {})
            found[path, method.upper()] = Shape(path, one.get("parameters", ()), kind, body, document)
    return found


def percent(text: str) -> str:
    """Return a text as it stands in an address or a form, half signs too; never nothing."""
    return quote(text or "-", safe="", errors="surrogatepass")


def _followed(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema or "anyOf" in schema:
        several = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        name = schema.get("$ref", "").rpartition("/")[2]
        schema = several[0] if several else document["components"]["schemas"][name]
    return schema


def _sample(schema: Schema, document: Schema, ids: dict[str, str]) -> Json:
    """Return something that fits a schema, with what it must have alone."""
    schema = _followed(schema, document)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    kind = schema.get("type", "object")
    if kind == "object":
        known = schema.get("properties", {})
        parts = {name: known[name] for name in schema.get("required", ()) if name in known}
        return {name: ids.get(name) or _sample(part, document, ids) for name, part in parts.items()} or (
            {} if known else _FREE
        )
    if kind == "array":
        return [_sample(schema.get("items", {}), document, ids)] * schema.get("minItems", 1)
    return _text_for(schema) if kind == "string" else kind == "boolean" or schema.get("minimum", 1)


def _text_for(schema: Schema) -> str:
    fits = validator_for({key: value for key, value in schema.items() if key != "$defs"})
    several = re.findall(r"\w+", schema.get("pattern", ""))
    known = (_BY_FORMAT.get(schema.get("format", ""), ""), *_TEXTS, *several)
    return str(next(one for one in known if one and fits.is_valid(one)))


def _changed(value: Json, place: str) -> Iterator[tuple[str, Json]]:
    """Yield a body with an odd text in one place, for each place and for keys of its own."""
    if isinstance(value, str):
        yield from ((f"{place} {odd!r}", odd) for odd in ODD)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        for where, changed in _changed(part, f"{place}/{key}"):
            yield where, _with(value, key, changed)
    if isinstance(value, dict):
        yield from ((f"{place}, a key {odd!r}", {**value, odd: odd}) for odd in ODD)


def _with(value: Json, key: Json, part: Json) -> Json:
    changed = value.copy()
    changed[key] = part
    return changed


def _flat(value: Json) -> str:
    if isinstance(value, list):
        return _flat(value[0]) if value else ""
    return value if isinstance(value, str) else json.dumps(value)
