"""T7 for the roster: whatever is sent to its operations, the answer is declared and never a 5xx."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from libs.peer.accounts import actions as accounts
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.cli import demo
from tests import databases, processes
from tests.databases import Addresses, Copy

OPERATIONS = (
    "list_members",
    "read_template",
    "export_members",
    "preview_import",
    "import_members",
    "read_member",
    "change_member",
)
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
async def fuzzed(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database in which anything may be asked for."""
    async with databases.copied(addresses, f"fuzzed_roster_{worker_id}") as copy:
        yield copy


async def test_whatever_is_sent_the_answer_is_declared_and_never_a_5xx(fuzzed: Copy, tmp_path: Path) -> None:
    async with processes.api(fuzzed) as base:
        cookie = await _cookie(fuzzed, base)
        named = [word for name in OPERATIONS for word in ("--include-operation-id", name)]
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{base}/v1/openapi.json", *named),
            *("--checks", CHECKS, "--max-examples", "8", "--seed", "911", "--phases", "examples,coverage,fuzzing"),
            *("--header", f"Cookie: owncall_demo={cookie}", "--no-color", "--request-timeout", "20"),
            *("--continue-on-failure", "--warnings", "off", "--max-time", "25"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()[-6000:]
    assert f"{len(OPERATIONS)} selected" in out.decode()


async def _cookie(copy: Copy, base: str) -> str:
    """Sign the program manager in at a running API."""
    engine = open_engine(copy.login_url, pool_size=1)
    async with Planes(engine, databases.ROLES).door() as door:
        token = await accounts.invite(door, demo.MANAGER)
    await engine.dispose()
    async with httpx2.AsyncClient(base_url=base) as client:
        return str((await client.post("/sign-in", data={"token": token})).cookies["owncall_demo"])
