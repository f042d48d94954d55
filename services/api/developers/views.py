"""What the developers' page shows."""

import json
import shlex
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from services.api import deprecation, meanings
from services.api.contract.document import operations
from services.api.webhooks.schemas import EXAMPLE_URL

Json = dict[str, Any]
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
LOCAL_RECEIVER = "http://127.0.0.1:8787/"
"""Where the receiver on the page listens."""
_NO_TOKEN = ("/v1/oauth/", "/v1/regions/")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, with what to paste.

    Attributes:
        scope: what a token must carry; empty where none is needed.
        body: an example of what is sent; empty where nothing is.
        kind: its media type.
        needs_key: it takes an Idempotency-Key.
        until: the day on which it may be gone; empty for one that stays.
    """

    name: str
    area: str
    method: str
    path: str
    summary: str
    more: str
    scope: str
    kind: str
    body: str
    needs_key: bool
    until: str
    answers: tuple[tuple[str, str], ...]
    curl: str
    python: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An error by its code, as its page explains it."""

    code: str
    status: int
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """Everything on one page.

    Attributes:
        base: address of this server.
        is_demo: keys are printed by `make run`.
        hook_url: where the example of a webhook is sent.
        examples: names in paths, so that what is copied works in a demonstration.
    """

    base: str
    is_demo: bool
    hook_url: str
    operations: tuple[Operation, ...]
    failures: tuple[Failure, ...]

    @property
    def sends_here(self) -> bool:
        """Say whether this server may send webhooks to the machine that it stands on."""
        return self.hook_url == LOCAL_RECEIVER

    @property
    def areas(self) -> tuple[str, ...]:
        """Return the areas in their order."""
        return tuple(dict.fromkeys(one.area for one in self.operations))

    @property
    def ending(self) -> tuple[Operation, ...]:
        """Return what is on its way out, the next first."""
        return tuple(sorted((one for one in self.operations if one.until), key=lambda one: one.until))


def shown(document: Json, base: str, examples: dict[str, str], hook_url: str) -> tuple[Operation, ...]:
    """Return the operations of the document, ready to be pasted; `hook_url` is where their webhook is sent."""
    found = [_sent_to(hook_url, _operation(document, base, examples, *one)) for one in operations(document)]
    order = ["tokens", "agencies", "intranet", "hard calls", "webhooks", "sandbox", "figures", "requests"]
    return tuple(sorted(found, key=lambda one: order.index(one.area) if one.area in order else len(order)))


def failures() -> tuple[Failure, ...]:
    """Return everything that an answer may say of itself, by code."""
    return tuple(Failure(code, int(one.status), one.title, one.advice) for code, one in meanings.every().items())


def _sent_to(hook_url: str, one: Operation) -> Operation:
    body, curl, python = (text.replace(EXAMPLE_URL, hook_url) for text in (one.body, one.curl, one.python))
    return replace(one, body=body, curl=curl, python=python)


def _operation(document: Json, base: str, examples: dict[str, str], path: str, method: str, said: Json) -> Operation:
    kind, body = _body(document, said)
    filled = path
    for name, value in examples.items():
        filled = filled.replace("{" + name + "}", value)
    headers = {"Content-Type": kind} if kind else {}
    needs_key = any(one["name"] == "Idempotency-Key" for one in said.get("parameters", []))
    is_open = path.startswith(_NO_TOKEN)
    secrets = [("scope", scopes) for one in said["security"] for scopes in one.values()]
    scope = " ".join(secrets[0][1]) if secrets else ""
    return Operation(
        name=said["operationId"],
        area=said["tags"][0],
        method=method.upper(),
        path=filled,
        summary=said["summary"],
        more=said.get("description", ""),
        scope=scope,
        kind=kind,
        body=body,
        needs_key=needs_key,
        until=said.get(deprecation.UNTIL, ""),
        answers=tuple((status, _told(status, answer)) for status, answer in said["responses"].items()),
        curl=_curl(method, base + filled, headers, body, is_open=is_open, needs_key=needs_key),
        python=_python(method, base + filled, headers, body, is_open=is_open, needs_key=needs_key) + _printed(said),
    )


def _told(status: str, answer: Json) -> str:
    said = str(answer.get("description", ""))
    return HTTPStatus(int(status)).phrase if said in {"", "Successful Response"} else said


def _body(document: Json, said: Json) -> tuple[str, str]:
    content: Json = said.get("requestBody", {}).get("content", {})
    for kind, one in content.items():
        if kind == _FORM:
            fields = one["schema"]["required"]
            return kind, "&".join(f"{name}={'client_credentials' if name == 'grant_type' else name}" for name in fields)
        example = one.get("example", next(iter(_examples(document, one["schema"])), {}))
        return kind, json.dumps(example, indent=2) if kind == _JSON else str(example)
    return "", ""


def _examples(document: Json, schema: Json) -> list[Any]:
    ref = str(schema.get("$ref", ""))
    found: Json = document["components"]["schemas"][ref.rpartition("/")[2]] if ref else schema
    examples: list[Any] = found.get("examples", [])
    return examples


def _curl(method: str, url: str, headers: dict[str, str], body: str, *, is_open: bool, needs_key: bool) -> str:
    parts = [f"curl -sS -X {method.upper()} {shlex.quote(url)}"]
    if url.rpartition("/v1/oauth/")[1]:
        parts.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
    elif not is_open:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += ['-H "Idempotency-Key: $(uuidgen)"'] if needs_key else []
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items() if value != _FORM]
    parts += (
        [
            f"-d {shlex.quote(body)}"
            if headers.get("Content-Type") != "text/csv"
            else f"--data-binary {shlex.quote(body)}"
        ]
        if body
        else []
    )
    return " \\\n  ".join(parts)


def _python(method: str, url: str, headers: dict[str, str], body: str, *, is_open: bool, needs_key: bool) -> str:
    lines = ["import httpx", ""]
    arguments = []
    if url.rpartition("/v1/oauth/")[1]:
        arguments.append("auth=(client_id, client_secret)")
    sent = {} if is_open else {"Authorization": 'f"Bearer {token}"'}
    if needs_key:
        lines = ["import uuid", "", *lines]
        sent["Idempotency-Key"] = "str(uuid.uuid4())"
    kind = headers.get("Content-Type", "")
    sent |= {"Content-Type": f'"{kind}"'} if kind == "text/csv" else {}
    if sent:
        arguments.append("headers={" + ", ".join(f'"{name}": {value}' for name, value in sent.items()) + "}")
    if kind == _JSON:
        arguments.append(f"json={json.loads(body)!r}")
    elif kind == _FORM:
        arguments.append(f"data={dict(pair.split('=') for pair in body.split('&'))!r}")
    elif body:
        arguments.append(f"content={body!r}")
    inside = "".join(f"\n    {argument}," for argument in [f'"{url}"', *arguments])
    return "\n".join([*lines, f"answer = httpx.{method}({inside}\n)", "answer.raise_for_status()"])


def _printed(said: Json) -> str:
    """What comes last: the answer as it is, JSON or not; where there is none, that all went well."""
    answer: Json = next(one for status, one in said["responses"].items() if status.startswith("2"))
    content: Json = answer.get("content", {})
    return f"\nprint(answer.{'json()' if _JSON in content else 'text' if content else 'status_code'})"
