"""What a coordinator adds to a plan is added once, however often the request is sent again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import planning
from tests.planning import Planned
from tests.reporting import by_key
from tests.world import World, peer_id

Asked = tuple[str, dict[str, Any], dict[str, Any], str]
"""A path's end, what is asked, something else, and the rows that there are of it."""


async def _a_rotation(team: Planned) -> Asked:
    usual = {"name": "Weeks", "people": [str(peer_id("ana"))], "zone": planning.CHICAGO.key}
    usual["starts_on"] = (await team.now()).date().isoformat()
    return "rotations", usual, {**usual, "name": "Nights"}, "rotation WHERE team_id = $1"


async def _an_override(team: Planned) -> Asked:
    layer = (await team.rotates("ana"))["id"]
    now = await team.now()
    asked = {"layer_id": layer, "peer_id": str(peer_id("ben")), "starts_at": (now + timedelta(days=1)).isoformat()}
    one, other = ({**asked, "ends_at": (now + timedelta(days=1, hours=each)).isoformat()} for each in (4, 5))
    return "overrides", one, other, "shift_override WHERE team_id = $1"


async def _open_shifts(team: Planned) -> Asked:
    now = await team.now()
    one, other = (
        {
            "starts_at": (now + timedelta(days=day)).isoformat(),
            "ends_at": (now + timedelta(days=day, hours=4)).isoformat(),
        }
        for day in (1, 2)
    )
    return "open-shifts", {"shifts": [one]}, {"shifts": [other]}, "sign_up WHERE team_id = $1"


@pytest.mark.parametrize("of", [_a_rotation, _an_override, _open_shifts])
async def test_sent_again_it_is_answered_the_same_and_there_is_one(
    world: World, of: Callable[[Planned], Awaitable[Asked]]
) -> None:
    team = await planning.planned(world)
    end, asked, other, rows = await of(team)
    path, key = f"/v1/schedules/{team.team_id}/{end}", by_key()
    mara = (await world.signed_in_anew("mara")).client
    bare = await mara.post(path, json=asked)
    assert (bare.status_code, bare.json()["type"]) == (400, "/problems/idempotency_key_missing")
    before = await _count(world, rows, team.team_id)
    first = await mara.post(path, json=asked, headers=key)
    assert first.status_code == 201, first.text
    again = await mara.post(path, json=asked, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert await _count(world, rows, team.team_id) == before + 1
    reused = await mara.post(path, json=other, headers=key)
    assert (reused.status_code, reused.json()["type"]) == (422, "/problems/idempotency_key_reused")
    assert await _count(world, rows, team.team_id) == before + 1


async def _count(world: World, rows: str, team_id: UUID) -> int:
    return len(await world.rows(f"SELECT 1 FROM shared.{rows}", team_id))
