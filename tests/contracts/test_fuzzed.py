"""T7 leaves nothing out: every operation of /v1 is fuzzed, once, as somebody who may call it."""

from collections import Counter

import pytest

from services.api.app import routes
from services.api.policy import POLICY, Principal
from tests.fuzzing import PARTS

FUZZED = Counter(name for part in PARTS.values() for name in part.operations)


def test_every_operation_is_fuzzed_and_none_twice() -> None:
    operations = {route.name for route in routes() if route.path.startswith("/v1/") and route.include_in_schema}
    assert set(FUZZED) == operations
    assert [name for name, times in FUZZED.items() if times > 1] == []


@pytest.mark.parametrize("who", PARTS)
def test_each_is_fuzzed_as_somebody_who_may(who: str) -> None:
    for name in PARTS[who].operations:
        assert POLICY[name].principals & {PARTS[who].principal, Principal.ANYBODY}, name
