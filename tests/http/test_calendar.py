"""The one address with a secret in it: it opens one person's shifts, can be replaced, and is written nowhere."""

import logging
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from libs.telemetry import traces
from tests.planning import CHICAGO, Planned, planned
from tests.world import World


async def link(team: Planned, who: str) -> str:
    answer = await team.does(who, "POST", "/calendar-link")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"])


async def test_a_calendar_program_reads_the_shifts_without_signing_in(world: World) -> None:
    team = await planned(world)
    await team.rotates("ana", "ben", turn=1, name="Secret name of the rotation")
    answer = await world.client().get(await link(team, "ana"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["cache-control"] == "no-store"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"On duty"}
    shifts = await team.shifts("ana")
    mine = [datetime.fromisoformat(shift["starts_at"]).replace(microsecond=0) for shift in shifts]
    assert [event.decoded("DTSTART") for event in events] == mine
    assert len({str(event["UID"]) for event in events}) == len(events) == len(mine) > 20
    assert [event.decoded("DTSTART").astimezone(CHICAGO).hour for event in events[1:]] == [8] * (len(mine) - 1)
    for never in ("Secret", "Ana", "Ben", "Heartland", "Roving"):
        assert never not in answer.text


async def test_the_same_shift_stays_the_same_entry_when_the_plan_is_written_anew(world: World) -> None:
    team = await planned(world)
    await team.rotates("ana", "ben")
    url = await link(team, "ana")
    before = [str(event["UID"]) for event in Calendar.from_ical((await world.client().get(url)).content).walk("VEVENT")]
    await team.rotates("cleo", name="Backup")
    await team.at(9, days=1)
    after = [str(event["UID"]) for event in Calendar.from_ical((await world.client().get(url)).content).walk("VEVENT")]
    assert after[: len(before)] == before


async def test_a_new_link_ends_the_old_one_and_both_wrong_ones_look_alike(world: World) -> None:
    team = await planned(world)
    old = await link(team, "ana")
    new = await link(team, "ana")
    assert (await world.client().get(new)).status_code == 200
    replaced = await world.client().get(old)
    never = await world.client().get(new.replace(new.split("/")[4], "x" * 43))
    assert replaced.status_code == never.status_code == 404
    assert len(replaced.content) == len(never.content)
    assert (await team.does("ana", "DELETE", "/calendar-link")).status_code == 204
    assert (await world.client().get(new)).status_code == 404


async def test_the_secret_is_written_nowhere(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in logs of any level, traces, metrics, nor in the database; also when it opens nothing any more."""
    team, seen = await planned(world), InMemorySpanExporter()
    provider = traces.configure("api", "http://localhost:1", exporter=seen)
    assert provider is not None
    caplog.set_level(logging.DEBUG)
    try:
        old, new = await link(team, "ana"), await link(team, "ana")
        for url in (old, new):
            await world.client().get(url)
            await world.client().get(url + "/nowhere")
        provider.force_flush()
    finally:
        provider.shutdown()
        traces._tracing.tracer = trace.NoOpTracer()
    spans = "".join(span.to_json() for span in seen.get_finished_spans())
    out = capsys.readouterr()
    # The test's own browser logs where it goes; that is no log of ours.
    ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    told = "".join((ours, out.out, out.err, spans, generate_latest().decode()))
    assert "/calendar/{token}/on-duty.ics" in told
    for url in (old, new):
        assert url.split("/")[4] not in told
    stored = await world.rows("SELECT token_hash, made_at FROM shared.calendar_feed")
    assert len(stored) == 1
    assert len(stored[0][0]) == 32
    assert stored[0][1] > datetime.fromtimestamp(0, tz=CHICAGO) + timedelta(days=1)
