"""T7 for the roster: whatever is sent to its operations, the answer is declared and never a 5xx."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.cli import demo
from tests import databases
from tests.databases import Addresses, Copy
from tests.fuzzing import fuzz

OPERATIONS = (
    "list_members",
    "read_template",
    "export_members",
    "preview_import",
    "import_members",
    "read_member",
    "change_member",
)


@pytest.fixture(scope="module")
async def fuzzed(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """A database in which anything may be asked for."""
    async with databases.copied(addresses, f"fuzzed_roster_{worker_id}") as copy:
        yield copy


async def test_whatever_is_sent_the_answer_is_declared_and_never_a_5xx(fuzzed: Copy, tmp_path: Path) -> None:
    await fuzz(fuzzed, demo.MANAGER, OPERATIONS, tmp_path)
