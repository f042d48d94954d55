"""T6: ten peers say yes at once, again and again, with releases and re-offers: one winner each (security.md)."""

import asyncio
from uuid import UUID

import pytest

from libs.peer.offers import actions as offers
from libs.peer.offers.errors import AlreadyTakenError
from libs.peer.paging import actions as paging
from libs.peer.policies.models import Policy, Step, Who
from tests.verify import record
from tests.verify.drill import TIRELESS
from tests.world import World

DISPATCHES = record.size(5000, 25)
AT_ONCE = 10
_OPEN = "SELECT peer_id, id FROM shared.offer WHERE callout_id = $1 AND state = 'open' ORDER BY peer_id"
_TEAM = """
    UPDATE shared.availability SET is_available = peer_id IN (
        SELECT m.id FROM shared.member m JOIN shared.membership s ON s.member_id = m.id AND s.role = 'peer'
        JOIN shared.team t ON t.id = s.team_id AND t.kind = 'roving'
        WHERE training_hours >= 40 AND designated_on <= current_date AND lapses_on > current_date
          AND (SELECT count(*) FROM shared.training_module d WHERE d.member_id = m.id) = 4
          AND m.suspended_on IS NULL
        ORDER BY m.id LIMIT 26)
"""


async def _say_yes(world: World, peer: UUID, offer: UUID) -> UUID | None:
    """Say yes as the API does; a late yes is written down although it is told 409."""
    async with world.planes.dispatch(await world.heartland()) as dispatch:
        try:
            await offers.accept(dispatch, offer, by=peer)
        except AlreadyTakenError:
            return None
    return peer


async def _round(world: World, callout: UUID) -> UUID:
    """Let everybody who is asked say yes in the same instant; returns the one who has it."""
    asked = await world.rows(_OPEN, callout)
    assert len(asked) == AT_ONCE
    answers = await asyncio.gather(*(_say_yes(world, peer, offer) for peer, offer in asked))
    (winner,) = [peer for peer in answers if peer is not None]
    (has_it,) = await world.rows("SELECT accepted_by FROM shared.callout WHERE id = $1", callout)
    assert has_it == (winner,)
    states = await world.rows("SELECT state, count(*) FROM shared.offer WHERE callout_id = $1 GROUP BY state", callout)
    assert dict(states)["accepted"] == 1
    return winner


@pytest.mark.timeout(3600)
async def test_ten_say_yes_at_once_and_one_has_it(world: World) -> None:
    step = Step(who=(Who.PEERS,), at_once=AT_ONCE, answer_within_s=600, waves=0)
    await world.copy.superuser.execute(_TEAM)
    await world.copy.superuser.execute(TIRELESS, (await world.heartland()).id)
    await world.pages_by(now=Policy(steps=(step,)))
    winners = 0
    for number in range(DISPATCHES):
        requester = await world.asks(urgency="now", center="")
        ((callout,),) = await world.rows("SELECT id FROM shared.callout WHERE state = 'paging'")
        for again in range(2 if number % 5 else 1):
            winner = await _round(world, callout)
            winners += 1
            if not again and number % 5:
                async with world.planes.dispatch(await world.heartland()) as dispatch:
                    await paging.give_back(dispatch, callout, by=winner)
                await world.settle()
        await requester.withdraws()
        await world.settle()
        await requester.client.aclose()
    assert await world.rows("SELECT kind FROM shared.job WHERE state = 'failed'") == []
    record.note(
        "T6", f"{DISPATCHES} dispatches, {AT_ONCE} say yes at once, with releases and re-offers", "one winner each"
    )
    record.note(
        "T6", "rounds in which ten said yes at once: with another number of winners than one", f"0 of {winners}"
    )
