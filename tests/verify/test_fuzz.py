"""T7: whatever is sent to any operation of /v1, the answer is declared and never a 5xx."""

from collections import Counter
from pathlib import Path

import pytest

from services.api.app import routes
from tests import databases
from tests.databases import Addresses
from tests.fuzzing import PARTS, fuzz, ground
from tests.verify import record

_KEPT_OUT = {401, 403, 405}


@pytest.mark.timeout(3600)
async def test_whatever_is_sent_the_answer_is_declared_and_never_a_5xx(
    addresses: Addresses, worker_id: str, tmp_path: Path
) -> None:
    async with databases.copied(addresses, f"fuzzed_{worker_id}") as copy, ground(copy) as made:
        answered = await fuzz(made, tmp_path)
    operations = {
        f"{method} {route.path}"
        for route in routes()
        if route.path.startswith("/v1/")
        for method in route.methods or ()
    }
    assert operations - {name for name, statuses in answered.items() if set(statuses) - _KEPT_OUT} == set()
    record.note(
        "T7",
        f"schemathesis over {len(operations)} operations of /v1 as {len(PARTS)} callers, stateful too: "
        "5xx, undeclared statuses, media types or bodies",
        f"0 of {sum(map(Counter.total, answered.values())):,} calls",
    )
