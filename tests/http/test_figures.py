"""What is published, by the API: the same table for everybody, and no finer than it was published."""

import csv
import io
from datetime import date

import pytest

from libs.peer.waits import rules
from services.cli import demo
from tests.reporting import machine
from tests.world import World

FIGURES = "/v1/regions/heartland/figures"
SHORTEST, TEN, LONGEST = 0, rules.BANDS.index(10), rules.LONGER


async def _publish(world: World, quarter_on: str, **bands: int | None) -> None:
    for urgency, band in bands.items():
        await world.copy.superuser.execute(
            "INSERT INTO shared.time_figure VALUES ($1, $2, $3, $4, shared.clock())",
            *((await world.heartland()).id, date.fromisoformat(quarter_on), urgency, band),
        )


async def test_every_quarter_is_told_newest_first(world: World) -> None:
    assert (await world.client().get(FIGURES)).json() == {"data": []}
    await _publish(world, "2026-04-01", today=LONGEST, now=SHORTEST)
    await _publish(world, "2026-07-01", now=TEN, this_week=None, today=None)
    found = (await world.client().get(FIGURES)).json()["data"]
    assert [(one["quarter"], one["starts_on"], one["urgency"]) for one in found] == [
        ("2026-Q3", "2026-07-01", "now"),
        ("2026-Q3", "2026-07-01", "today"),
        ("2026-Q3", "2026-07-01", "this_week"),
        ("2026-Q2", "2026-04-01", "now"),
        ("2026-Q2", "2026-04-01", "today"),
    ]
    assert [one["time_to_a_human"] for one in found] == [
        {"over_minutes": 5, "up_to_minutes": 10},
        None,
        None,
        {"over_minutes": 0, "up_to_minutes": 5},
        {"over_minutes": 4320, "up_to_minutes": None},
    ]


async def test_the_csv_says_the_same(world: World) -> None:
    await _publish(world, "2026-07-01", now=TEN, today=None)
    answer = await world.client().get(f"{FIGURES}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows == [
        ["quarter", "starts_on", "urgency", "over_minutes", "up_to_minutes"],
        ["2026-Q3", "2026-07-01", "now", "5", "10"],
        ["2026-Q3", "2026-07-01", "today", "", ""],
    ]


@pytest.mark.parametrize("path", [FIGURES, f"{FIGURES}.csv"])
async def test_it_is_the_same_for_every_viewer(world: World, path: str) -> None:
    await _publish(world, "2026-07-01", now=TEN, today=LONGEST)
    viewers = [
        world.client(),
        await machine(world, scope="roster:read"),
        world.client(await world.signs_in(demo.MANAGER)),
        world.client(await world.signs_in(demo.ADMIN)),
    ]
    assert len({(await viewer.get(path)).text for viewer in viewers}) == 1


async def test_a_region_that_is_none_and_a_sandbox_have_no_figures(world: World) -> None:
    for slug in ("nowhere", "heartland-sandbox"):
        for end in ("figures", "figures.csv"):
            assert (await world.client().get(f"/v1/regions/{slug}/{end}")).status_code == 404
