"""Swaps at random, by anybody, in whatever order: only moves of the table, one person at any time, nothing stuck."""

import random
from itertools import pairwise
from typing import Any

import pytest

from libs.notify import messages
from libs.peer.shifts.models import SwapState
from libs.peer.shifts.rules import MOVES
from tests.planning import Planned, planned
from tests.verify import record
from tests.world import Person, World

PEOPLE = ("ana", "ben", "cleo", "mara")
OF_A_SWAP = ("take", "undo", "cancel", "approve", "refuse", "call-off")
MOST_NOTICES = 2
"""The six hours of a walk touch two days; whoever coordinates is asked for a yes besides, once a day, too."""
ALLOWED = {(source, to) for sources, to in MOVES.values() for source in sources}


async def standing(world: World) -> dict[Any, SwapState]:
    return {row[0]: SwapState(row[1]) for row in await world.rows("SELECT id, state FROM shared.swap")}


async def one_at_any_time(world: World) -> None:
    rows = await world.rows("SELECT starts_at, ends_at FROM shared.duty ORDER BY starts_at")
    assert all(before[1] == after[0] for before, after in pairwise(rows)), "no hole, and nobody beside another"


async def rung_once_a_day_at_most(world: World) -> None:
    leads = await world.rows("SELECT member_id FROM shared.membership WHERE role IN ('coordinator', 'deputy')")
    for box in world.mail.folder.iterdir():
        phone = world.phone_of(box.name)
        new = phone.unread()
        assert {letter.words for letter in new} <= {messages.ON_DUTY_NOTICE}
        assert len(new) <= MOST_NOTICES * (1 + ((phone.peer,) in leads))
        phone.read += len(new)


async def a_step(team: Planned, people: dict[str, Person], dice: random.Random) -> None:
    who = people[dice.choice(PEOPLE)]
    swaps = await team.world.rows("SELECT id FROM shared.swap")
    if dice.random() < 0.35 or not swaps:
        shifts = await team.world.rows("SELECT id FROM shared.duty ORDER BY starts_at")
        answer = await who.client.post("/v1/swaps", json={"shift_id": str(dice.choice(shifts[:12])[0])})
    elif dice.random() < 0.1:
        answer = await people["mara"].client.patch(
            f"/v1/schedules/{team.team_id}",
            json={"swaps_need_a_yes": dice.random() < 0.5},
            headers={"if-match": "*"},
        )
    else:
        answer = await who.client.post(f"/v1/swaps/{dice.choice(swaps)[0]}/{dice.choice(OF_A_SWAP)}")
    assert answer.status_code in {200, 201, 204, 403, 404, 409}, answer.text


@pytest.mark.timeout(1800)
async def test_a_random_walk_over_swaps(world: World) -> None:
    walks, dice = record.size(60, 2), random.Random(911)  # noqa: S311 - the same walk each time
    for _ in range(walks):
        await world.begin()
        team = await planned(world)
        await team.rotates("ana", "ben", "cleo", turn=1)
        people = {slug: await world.signed_in_anew(slug) for slug in PEOPLE}
        before: dict[Any, SwapState] = {}
        for step in range(40):
            await a_step(team, people, dice)
            if step % 15 == 14:
                await world.advance(hours=3)
            after = await standing(world)
            moved = {(before[one], after[one]) for one in before if before[one] is not after[one]}
            assert moved <= ALLOWED
            assert all(after[one] is SwapState.OPEN for one in after.keys() - before.keys())
            await one_at_any_time(world)
            before = after
        await rung_once_a_day_at_most(world)
    record.note(
        "T6", f"{walks} random walks over swaps, 40 steps each: moves outside of the table, holes, doubles", "0"
    )
