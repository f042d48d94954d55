"""What a swap rings: peers who could take it and coordinators who have to agree, by day, once a day, nobody else."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from libs.notify.channels import mail
from libs.peer.limits import actions as limits
from libs.peer.shifts import awaiting, reminding
from services.worker.jobs import shifts
from tests.planning import Planned, planned
from tests.world import World, peer_id

SAID, DICHO = "A swap waits for your yes.", "Un cambio de turno espera su sí."


@pytest.fixture
async def team(world: World) -> AsyncIterator[Planned]:
    """A team of which Ana, Ben, Cleo and Mara alone have a proven channel."""
    made = await planned(world)
    await made.are_reached("ana", "ben", "cleo", "mara")
    yield made
    world.no_unexpected_message()
    await world.nothing_unexpected()


def ring(team: Planned, *slugs: str) -> None:
    """Insist on exactly one new notice for each of these, which says nothing; and on none for the others."""
    for slug in slugs:
        team.world.phones_of(slug).expect_page()
    team.world.no_unexpected_message()


async def says(team: Planned, who: str, **word: str) -> None:
    """Somebody says how they want to be asked."""
    person = await team.world.signed_in_anew(who)
    form = {"modalities": ["phone", "text"], "team": ["roving"], "gender": "not_said", **word}
    assert (await person.client.post("/peer/limits", data=form)).status_code == 303


async def page(team: Planned, who: str, lang: str = "en") -> str:
    person = await team.world.signed_in_anew(who)
    return (await person.client.get(f"/peer?lang={lang}")).text


async def taken(team: Planned, number: int = 2) -> str:
    """Ben takes a shift of Ana's, in a team that wants a yes; returns the swap's id."""
    await team.mara("PATCH", f"/schedules/{team.team_id}", status=204, swaps_need_a_yes=True)
    swap = await team.asks("ana", number)
    assert (await team.does("ben", "POST", f"/swaps/{swap}/take")).json()["state"] == "taken"
    return swap


async def test_who_could_take_a_shift_is_rung_in_the_morning_and_once_a_day(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await team.at(22)
    await team.asks("ana", 3)
    await team.at(8, 59)
    ring(team)

    await team.at(9, 0)
    ring(team, "ben", "cleo", "mara")

    await team.asks("ana", 4)
    await team.at(16)
    ring(team)
    await team.at(9, 0)
    ring(team, "ben", "cleo", "mara")


async def test_a_swap_that_was_taken_rings_nobody_any_more(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    swap = await team.asks("ana", 5)
    await team.does("ben", "POST", f"/swaps/{swap}/take")
    await team.at(9, 0)
    await team.at(9, 0, days=1)
    ring(team)


async def test_a_second_swap_of_a_day_rings_whoever_was_not_told_yet(team: Planned) -> None:
    await team.rotates("ana", "ben", turn=1)
    await team.at(9, 30)
    await team.asks("ana", 2)
    ring(team, "ben", "cleo", "mara")

    await team.asks("ben", 1)

    ring(team, "ana")


async def test_nobody_is_rung_on_a_weekend(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await team.at(17, 30, days=4)
    await team.asks("ana", 5)
    await team.at(12, days=1)
    await team.at(12, days=1)
    ring(team)
    await team.at(9, 0, days=1)
    ring(team, "ben", "cleo", "mara")


async def test_quiet_hours_and_a_time_away_are_kept_by_day_too(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await says(team, "ben", quiet_from="07:00", quiet_until="15:00")
    await says(team, "cleo", quiet_from="07:00", quiet_until="18:00")
    region, now = await team.world.heartland(), await team.now()
    async with team.world.planes.dispatch(region) as dispatch:
        till = now.replace(hour=13)
        await limits.go_away(dispatch, peer_id("mara"), region_id=region.id, starts_at=now, ends_at=till)
    await team.asks("ana", 4)

    await team.at(9, 0)
    ring(team)
    assert await team.told("cleo") == 1, "the page tells her all the same"
    await team.at(13, 1)
    ring(team, "mara")
    await team.at(15, 1)
    ring(team, "ben")
    await team.at(23)
    ring(team)


async def test_who_has_looked_before_is_not_rung(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await says(team, "ben", quiet_from="07:00", quiet_until="15:00")
    await team.asks("ana", 4)
    await team.at(9, 0)
    ring(team, "cleo", "mara")
    await (await team.world.signed_in_anew("ben")).client.get("/peer/shifts")

    await team.at(15, 0)

    ring(team)


async def test_coordinators_are_rung_by_day_while_a_swap_waits_for_their_yes(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await team.at(19)
    swap = await taken(team, 4)
    await team.at(8, 59)
    ring(team)
    assert SAID in await page(team, "mara")
    assert DICHO in await page(team, "mara", "es")
    assert SAID not in await page(team, "ben")

    await team.at(9, 0)
    ring(team, "mara")
    await team.at(16)
    ring(team)
    await team.at(9, 0)
    ring(team, "mara")

    await team.mara("POST", f"/swaps/{swap}/approve", status=204)
    assert SAID not in await page(team, "mara")
    await team.at(9, 0)
    ring(team)


async def test_a_coordinator_is_rung_once_a_day_however_many_swaps_wait(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await taken(team, 3)
    await taken(team, 5)
    await team.at(9, 0)
    ring(team, "mara")
    await taken(team, 7)
    ring(team, "ben", "cleo", "mara")  # it was open for a moment, and this is what they hear as peers
    await team.at(16, 59)
    ring(team)


async def test_a_swap_that_was_not_agreed_to_rings_the_others_again(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    swap = await taken(team, 6)
    await team.at(10)
    ring(team, "mara")

    await team.mara("POST", f"/swaps/{swap}/refuse", status=204)

    ring(team, "ben", "cleo", "mara")


async def test_a_swap_that_its_taker_lets_go_of_rings_the_others_again(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    swap = await taken(team, 6)
    await team.at(10)
    ring(team, "mara")

    assert (await team.does("ben", "POST", f"/swaps/{swap}/undo")).status_code == 204

    ring(team, "ben", "cleo", "mara")


class _Stutters:
    """A provider that takes a notice, and then does not answer; every other time."""

    def __init__(self, way: mail.MailDrop) -> None:
        self.way, self.times = way, 0

    async def send(self, peer: UUID, key: str, words: str) -> None:
        self.times += 1
        await self.way.send(peer, key, words)
        if self.times % 2:
            raise ConnectionResetError


@pytest.fixture
def stutter(world: World) -> Any:  # noqa: ANN401 - a generator of nothing
    jobs = world.runner._declared
    usual = {kind: jobs[kind] for kind in (reminding.NOTIFY, awaiting.AWAIT)}
    ways: Mapping[str, Any] = {mail.NAME: _Stutters(world.mail)}
    jobs[reminding.NOTIFY] = replace(usual[reminding.NOTIFY], run=partial(shifts.notify_by, ways))
    jobs[awaiting.AWAIT] = replace(usual[awaiting.AWAIT], run=partial(shifts.await_yes_by, ways))
    yield
    jobs.update(usual)


@pytest.mark.usefixtures("stutter")
async def test_a_notice_that_is_tried_again_is_the_same_notice(team: Planned) -> None:
    await team.rotates("ana", turn=1)
    await taken(team, 6)
    await team.asks("ana", 4)
    await team.at(9, 0)
    await team.world.advance(seconds=5)
    await team.world.advance(minutes=5)

    for slug, times in (("ben", 1), ("cleo", 1), ("mara", 2)):
        team.rings(team.world.phones_of(slug), times)
    await team.at(12)
    ring(team)
    await team.at(9, 0)
    await team.world.advance(minutes=5)
    for slug, times in (("ben", 1), ("cleo", 1), ("mara", 2)):
        team.rings(team.world.phones_of(slug), times)
