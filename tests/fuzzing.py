"""schemathesis over some operations, as somebody who is signed in: no 5xx, and every answer is a declared one."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import httpx2

from libs.peer.accounts import actions as accounts
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from tests import databases, processes
from tests.databases import Copy
from tests.verify import record

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


async def fuzz(copy: Copy, account: UUID, operations: Sequence[str], place: Path) -> None:
    """Send whatever schemathesis thinks of to a real API on `copy`, and fail on what it finds.

    Args:
        copy: a database in which anything may be asked for.
        account: who is signed in.
        operations: by operation id; each must exist.
        place: an empty folder for what it leaves behind.
    """
    async with processes.api(copy) as base:
        cookie = await _cookie(copy, base, account)
        named = [word for name in operations for word in ("--include-operation-id", name)]
        examples, seconds = record.size(15, 5), record.size(60, 20)
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{base}/v1/openapi.json", *named),
            *("--checks", _CHECKS, "--max-examples", str(examples), "--seed", "911"),
            *("--phases", "examples,coverage,fuzzing", "--max-time", str(seconds), "--request-timeout", "20"),
            *("--header", f"Cookie: owncall_demo={cookie}", "--no-color", "--continue-on-failure", "--warnings", "off"),
            cwd=place,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()[-6000:]
    assert f"{len(operations)} selected" in out.decode()


async def _cookie(copy: Copy, base: str, account: UUID) -> str:
    engine = open_engine(copy.login_url, pool_size=1)
    async with Planes(engine, databases.ROLES).door() as door:
        token = await accounts.invite(door, account)
    await engine.dispose()
    async with httpx2.AsyncClient(base_url=base) as client:
        return str((await client.post("/sign-in", data={"token": token})).cookies["owncall_demo"])
