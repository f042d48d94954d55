"""The client that an integrator generates: written anew from the committed document, by somebody else's generator."""

import asyncio
import importlib
import subprocess
import sys
import types
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.api.contract.document import PATH

_PACKAGE = "owncall_client"
_CONFIG = """\
post_hooks: []
content_type_overrides: {text/csv: application/octet-stream, image/jpeg: application/octet-stream}
"""
"""What the developers' page says, without what formats the result."""


@cache
def _written() -> TemporaryDirectory[str]:
    """Write the package once a process; an operation or a schema that the generator must leave out is a failure."""
    place = TemporaryDirectory(prefix="owncall-client-")
    folder = Path(place.name)
    (folder / "config.yml").write_text(_CONFIG)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(PATH), "--meta", "none"]
    command += ["--config", str(folder / "config.yml"), "--output-path", str(folder / _PACKAGE), "--fail-on-warning"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, place.name)
    return place


def part(name: str) -> types.ModuleType:
    """Return a module of the client, `api.webhooks.create_webhook` for one."""
    _written()
    return importlib.import_module(f"{_PACKAGE}.{name}")


async def call(client: Any, operation: str, *names: object, **sent: Any) -> Any:  # noqa: ANN401 - written at run time
    """Call an operation by `<tag>.<operation>`; returns the generated `Response`: `status_code`, `headers`, `parsed`.

    In a thread: what the generator writes for asyncio cannot send a file.
    """
    return await asyncio.to_thread(part(f"api.{operation}").sync_detailed, *names, client=client, **sent)


def made(model: str, **fields: object) -> Any:  # noqa: ANN401 - written at run time
    """Return a model by its class's name, from plain JSON."""
    return getattr(part("models"), model).from_dict(fields)
