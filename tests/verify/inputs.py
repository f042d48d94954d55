"""Every input that a route has, read off the route itself, and requests that fill one of them with a given word."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

GOOD = {"region": "heartland", "agency": "redbank", "center": "redbank", "urgency": "now", "reason": "no_agreement"}
HEADERS = (
    *("user-agent", "referer", "accept-language", "x-forwarded-for", "forwarded", "x-request-id", "request-id"),
    *("traceparent", "tracestate", "baggage", "sentry-trace", "if-none-match", "content-language", "range", "x-new"),
)


def inputs(dependant: Dependant) -> Iterator[tuple[str, str, type[BaseModel] | None]]:
    """Every form field, JSON body and path part of a route."""
    for field_ in dependant.path_params:
        yield "path", field_.name, None
    for field_ in dependant.body_params:
        kind = type(field_.field_info).__name__
        shape: Any = field_.field_info.annotation
        is_model = kind == "Body" and isinstance(shape, type) and issubclass(shape, BaseModel)
        yield ("json" if is_model else "form"), field_.name, shape if is_model else None
    for below in dependant.dependencies:
        yield from inputs(below)


def _good(name: str) -> str:
    return str(uuid4()) if name.endswith("_id") else GOOD.get(name, "already_taken")


def bodies(route: APIRoute, word: str) -> Iterator[dict[str, Any]]:
    """Requests of a route with a canary in one place each, and one with canaries wherever there is a place."""
    found = list(inputs(route.dependant))
    forms = {name for place, name, _shape in found if place == "form"}
    for field_ in sorted(forms):
        yield {"data": {**{name: _good(name) for name in forms}, field_: word}}
    for _place, _name, shape in found:
        if shape is not None:
            for field_ in shape.model_fields:
                yield {"json": {field_: word}}
            yield {"json": {word: word}}
            yield {"json": [word]}
    yield {"data": {**dict.fromkeys(forms, word), "grant_type": word, word: word}}
    yield {"content": f'{{"{word}'.encode(), "headers": {"content-type": "application/json"}}
    yield {"files": {word: (word, word.encode(), "text/plain")}}


def paths(route: APIRoute, word: str) -> Iterator[str]:
    """Addresses of a route: a good one first, then one for each part of it with the word in its place."""
    names = re.findall(r"\{(\w+)\}", route.path)
    spelled = httpx2.URL(f"http://x/{word}").raw_path.decode()[1:]
    for wanted in [None, *names]:
        filled = route.path
        for name in names:
            filled = filled.replace(f"{{{name}}}", spelled if name == wanted else _good(name))
        yield filled


def methods(route: APIRoute) -> list[str]:
    """The methods of a route."""
    return sorted(route.methods or ())
