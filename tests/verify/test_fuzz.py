"""T7: whatever is sent to any operation of /v1, the answer is declared and never a 5xx."""

from pathlib import Path

import pytest

from tests import databases
from tests.databases import Addresses
from tests.fuzzing import PARTS, fuzz, ground
from tests.verify import record


@pytest.mark.timeout(3600)
async def test_whatever_is_sent_the_answer_is_declared_and_never_a_5xx(
    addresses: Addresses, worker_id: str, tmp_path: Path
) -> None:
    async with databases.copied(addresses, f"fuzzed_{worker_id}") as copy, ground(copy) as made:
        sent = await fuzz(made, tmp_path)
    operations = sum(len(part.operations) for part in PARTS.values())
    record.note(
        "T7",
        f"schemathesis over all {operations} operations of /v1 as {len(PARTS)} callers, stateful too: "
        "5xx, undeclared statuses, media types or bodies",
        f"0 of {int(sent):,} calls",
    )
