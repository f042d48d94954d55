"""What would break a client that was written against an older document. Strict: what is not plainly additive is named.

What a client sends may only be asked for less; what it is answered may only say more. An answer may gain a property, an
operation, a refusal; a request may gain something optional. An operation may go on the day that was announced for it, a
year ahead at the least.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from services.api.deprecation import AT_LEAST, UNTIL

Json = dict[str, Any]
_SAID = frozenset({"title", "description", "examples", "example", "summary", "default", "$ref", "deprecated"})
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda old, new: new is not None and (old is None or new > old),
    "minLength": lambda old, new: (new or 0) > (old or 0),
    "minItems": lambda old, new: (new or 0) > (old or 0),
    "maximum": lambda old, new: new is not None and (old is None or new < old),
    "maxLength": lambda old, new: new is not None and (old is None or new < old),
    "maxItems": lambda old, new: new is not None and (old is None or new < old),
}
"""Whether `new` takes less than `old`."""
_LISTS = ("anyOf", "oneOf", "allOf")
_FIRST_REFUSAL = 400


def breaking(old: Json, new: Json, *, today: date = date.min) -> list[str]:
    """Return each difference that would break a client, as a sentence; none when there is none.

    Args:
        old: the document that clients have.
        new: the one that they shall have.
        today: which day it is; left out, nothing's day has come.
    """
    return [*_Comparison(old, new).differences(today), *_too_soon(old, new, today)]


class _Comparison:
    """Two documents, whose references are followed, each in its own."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def differences(self, today: date) -> Iterator[str]:
        for path, operations in self._old["paths"].items():
            for method, was in operations.items():
                where = f"{method.upper()} {path}"
                now = self._new["paths"].get(path, {}).get(method)
                if now is None:
                    if _end(was) > today:
                        yield f"{where} is gone"
                else:
                    yield from self._operation(where, was, now)

    def _operation(self, where: str, was: Json, now: Json) -> Iterator[str]:
        if was["operationId"] != now["operationId"]:
            yield f"{where} is called {now['operationId']} now"
        if was.get("security") != now.get("security"):
            yield f"{where} asks for another permission"
        yield from self._parameters(where, was.get("parameters", []), now.get("parameters", []))
        yield from self._body(where, was.get("requestBody"), now.get("requestBody"))
        yield from self._answers(where, was["responses"], now["responses"])

    def _parameters(self, where: str, was: list[Json], now: list[Json]) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in was}
        after = {(one["in"], one["name"]): one for one in now}
        for key, one in before.items():
            name = f"{where}: {key[1]}"
            if key not in after:
                yield f"{name} is gone"
                continue
            if after[key].get("required") and not one.get("required"):
                yield f"{name} is required now"
            yield from self._schema(name, one.get("schema", {}), after[key].get("schema", {}), is_sent=True)
        for key in after.keys() - before.keys():
            if after[key].get("required"):
                yield f"{where}: {key[1]} is new, and required"

    def _body(self, where: str, was: Json | None, now: Json | None) -> Iterator[str]:
        if was is None or now is None:
            if was is not None:
                yield f"{where} takes no body any more"
            elif now is not None and now.get("required"):
                yield f"{where} needs a body now"
            return
        if now.get("required") and not was.get("required"):
            yield f"{where} needs a body now"
        yield from self._content(f"{where}, sent", was["content"], now["content"], is_sent=True)

    def _answers(self, where: str, was: Json, now: Json) -> Iterator[str]:
        for status, answer in was.items():
            if status not in now:
                yield f"{where} does not answer {status} any more"
            else:
                place = f"{where}, {status}"
                yield from self._content(
                    place, answer.get("content", {}), now[status].get("content", {}), is_sent=False
                )
        for status in now.keys() - was.keys():
            if int(status) < _FIRST_REFUSAL:
                yield f"{where} answers {status} now"

    def _content(self, where: str, was: Json, now: Json, *, is_sent: bool) -> Iterator[str]:
        for kind in was.keys() - now.keys():
            yield f"{where}: {kind} is gone"
        for kind in was.keys() & now.keys():
            yield from self._schema(where, was[kind].get("schema", {}), now[kind].get("schema", {}), is_sent=is_sent)
        if not is_sent:
            for kind in now.keys() - was.keys():
                yield f"{where}: {kind} is new"

    def _schema(self, where: str, was: Json, now: Json, *, is_sent: bool) -> Iterator[str]:
        names = str(was.get("$ref", "")), str(now.get("$ref", "")), is_sent
        if names[0] and names in self._seen:
            return
        self._seen.add(names)
        was, now = _followed(self._old, was), _followed(self._new, now)
        yield from self._properties(where, was, now, is_sent=is_sent)
        yield from self._values(where, was, now, is_sent=is_sent)
        for key in _LISTS:
            yield from self._variants(where, was.get(key, []), now.get(key, []), is_sent=is_sent)
        for key in ("items", "additionalProperties"):
            before, after = was.get(key), now.get(key)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self._schema(f"{where}[]", before, after, is_sent=is_sent)
            elif before != after:
                yield f"{where}: {key} is another"

    def _properties(self, where: str, was: Json, now: Json, *, is_sent: bool) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        needed_before, needed_after = set(was.get("required", [])), set(now.get("required", []))
        for name in sorted(before):
            if name not in after:
                yield f"{where}: {name} is gone"
            else:
                yield from self._schema(f"{where}: {name}", before[name], after[name], is_sent=is_sent)
        needed = needed_after - needed_before if is_sent else (needed_before - needed_after) & after.keys()
        for name in sorted(needed):
            yield f"{where}: {name} is {'required now' if is_sent else 'not always there any more'}"

    def _values(self, where: str, was: Json, now: Json, *, is_sent: bool) -> Iterator[str]:
        if "enum" in was or "enum" in now:
            before, after = set(map(str, was.get("enum", []))), set(map(str, now.get("enum", [])))
            fewer = ("enum" in now and "enum" not in was) or bool(before - after and "enum" in now)
            more = ("enum" in was and "enum" not in now) or bool(after - before and "enum" in was)
            if fewer if is_sent else more:
                yield f"{where} takes fewer values" if is_sent else f"{where} says values that it did not"
        for key, takes_less in _BOUNDS.items():
            bounds = was.get(key), now.get(key)
            if takes_less(*bounds) if is_sent else takes_less(*bounds[::-1]):
                yield f"{where}: {key} was {bounds[0]}, is {bounds[1]}"
        others = (was.keys() | now.keys()) - _SAID - _BOUNDS.keys() - set(_LISTS)
        others -= {"enum", "properties", "required", "items", "additionalProperties"}
        for key in sorted(others):
            if was.get(key) != now.get(key):
                yield f"{where}: {key} was {was.get(key)}, is {now.get(key)}"

    def _variants(self, where: str, was: list[Json], now: list[Json], *, is_sent: bool) -> Iterator[str]:
        """What could be sent can still be; what is answered could be before."""
        first, second = (was, now) if is_sent else (now, was)
        for one in first:
            if not any(self._is_alike(one, other, is_sent=is_sent) for other in second):
                yield f"{where}: a kind of value is {'gone' if is_sent else 'new'}"

    def _is_alike(self, one: Json, other: Json, *, is_sent: bool) -> bool:
        was, now = (one, other) if is_sent else (other, one)
        return not list(_Comparison(self._old, self._new)._schema("", was, now, is_sent=is_sent))  # noqa: SLF001 - its own


def _too_soon(old: Json, new: Json, today: date) -> Iterator[str]:
    """What is to go sooner than was said, or than a year from when it is said."""
    for path, operations in new["paths"].items():
        for method, now in operations.items():
            was = old["paths"].get(path, {}).get(method, {})
            said, ends = _end(was), _end(now)
            soonest = today + AT_LEAST if said == date.max else said
            if ends < soonest:
                yield f"{method.upper()} {path} would end on {ends}, not before {soonest}"


def _end(operation: Json) -> date:
    """The day on which an operation may be gone; `date.max` for one that stays."""
    return date.fromisoformat(operation[UNTIL]) if UNTIL in operation else date.max


def _followed(document: Json, schema: Json) -> Json:
    """Return what a schema refers to; the only value that there is, as a list of one."""
    ref, found = schema.get("$ref"), schema
    if isinstance(ref, str):
        found = document["components"]["schemas"][ref.rpartition("/")[2]]
    if "const" not in found:
        return found
    return {**{key: said for key, said in found.items() if key != "const"}, "enum": [found["const"]]}
