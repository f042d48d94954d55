"""Paging policies: what can be written down, when a wave begins, when it ends, what a night looks like."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.peer.callouts.models import Urgency
from libs.peer.policies import rules
from libs.peer.policies.models import Hours, Policy, Step, Who

CHICAGO = ZoneInfo("America/Chicago")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Phoenix",
            "America/Los_Angeles",
            "America/Anchorage",
            "Pacific/Honolulu",
            "America/Puerto_Rico",
        )
    ]
)
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
SPANS = st.integers(0, 6 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))
HOURS = st.builds(
    lambda days, faces: Hours(days=days, opens=min(faces), closes=max(faces)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.lists(st.times(), min_size=2, max_size=2, unique=True),
)
SUNDAY_AT_FOUR = datetime(2026, 11, 29, 4, tzinfo=CHICAGO)
COORDINATORS = Step(who=(Who.COORDINATORS,), answer_within_s=60)


def is_open(hours: Hours, zone: ZoneInfo, at: datetime) -> bool:
    local = at.astimezone(zone)
    opens, closes = (datetime.combine(local.date(), face, zone).astimezone(UTC) for face in (hours.opens, hours.closes))
    return local.weekday() in hours.days and opens <= at < closes


@given(HOURS, ZONES, INSTANTS)
def test_a_wave_begins_within_the_hours_and_never_earlier_than_it_could(
    hours: Hours, zone: ZoneInfo, at: datetime
) -> None:
    begins = rules.next_open(hours, zone, at)
    assert begins >= at
    assert is_open(hours, zone, begins)
    assert rules.next_open(hours, zone, begins) == begins
    if is_open(hours, zone, at):
        assert begins == at


@given(HOURS.filter(lambda hours: hours.closes.hour - hours.opens.hour >= 2), ZONES, INSTANTS, SPANS)
def test_the_time_to_answer_runs_within_the_hours_alone(
    hours: Hours, zone: ZoneInfo, start: datetime, span: timedelta
) -> None:
    whole = rules.ends_at(hours, zone, start, span)
    halves = rules.ends_at(hours, zone, rules.ends_at(hours, zone, start, span / 2), span - span / 2)
    assert whole >= start + span
    assert whole == halves
    assert span == timedelta() or is_open(hours, zone, whole - timedelta(microseconds=1))


@given(INSTANTS, SPANS)
def test_without_hours_the_clock_just_runs(start: datetime, span: timedelta) -> None:
    assert rules.next_open(None, CHICAGO, start) == start
    assert rules.ends_at(None, CHICAGO, start, span) == start + span


def test_a_day_with_the_spring_gap_has_an_hour_less() -> None:
    day_long = Hours(days=frozenset(range(7)), opens=time(0), closes=time(23, 59))
    start = datetime(2026, 3, 8, 0, tzinfo=CHICAGO).astimezone(UTC)
    ends = rules.ends_at(day_long, CHICAGO, start, timedelta(hours=23, minutes=30))
    assert ends.astimezone(CHICAGO) == datetime(2026, 3, 9, 0, 31, tzinfo=CHICAGO)


@given(st.sampled_from(list(Urgency)), ZONES, INSTANTS)
def test_a_preview_goes_forward_and_says_each_step(urgency: Urgency, zone: ZoneInfo, start: datetime) -> None:
    policy = rules.DEFAULTS[urgency]
    lines = rules.timeline(policy, zone, start)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len(lines) == sum(max(step.waves, 1) for step in policy.steps) + 1
    assert lines[-1].who == ()
    if policy.hours is not None:
        assert all(is_open(policy.hours, zone, line.at) for line in lines[:-1])


def test_now_pages_three_then_three_then_the_coordinator_after_three_minutes_whatever_the_hour() -> None:
    lines = rules.timeline(rules.DEFAULTS[Urgency.NOW], CHICAGO, SUNDAY_AT_FOUR)
    minutes = [((line.at - SUNDAY_AT_FOUR).total_seconds() / 60, line.who, line.at_once) for line in lines[:4]]
    assert minutes == [
        (0, (Who.PEERS,), 3),
        (1, (Who.PEERS,), 3),
        (3, (Who.PEERS, Who.COORDINATORS), 3),
        (5, (Who.DEPUTIES, Who.CLINICIANS), 1),
    ]


def test_a_preview_ends_with_the_leads_where_no_step_asks_them() -> None:
    peers = Policy(steps=(Step(who=(Who.PEERS,), answer_within_s=60),))
    lines = rules.timeline(peers, CHICAGO, SUNDAY_AT_FOUR)
    assert [line.who for line in lines] == [(Who.PEERS,), (Who.COORDINATORS, Who.DEPUTIES), ()]
    assert lines[-1].at - SUNDAY_AT_FOUR == timedelta(minutes=3)
    lines = rules.timeline(Policy(steps=(*peers.steps, COORDINATORS)), CHICAGO, SUNDAY_AT_FOUR)
    assert [line.who for line in lines] == [(Who.PEERS,), (Who.COORDINATORS,), ()]


def test_this_week_wakes_nobody_on_a_sunday_at_four() -> None:
    first, second = rules.timeline(rules.DEFAULTS[Urgency.THIS_WEEK], CHICAGO, SUNDAY_AT_FOUR)[:2]
    assert first.at == datetime(2026, 11, 29, 8, tzinfo=CHICAGO)
    assert second.at == datetime(2026, 11, 29, 12, tzinfo=CHICAGO)


@given(st.sampled_from(list(Urgency)))
def test_a_policy_is_the_same_after_it_was_written_down(urgency: Urgency) -> None:
    policy = rules.DEFAULTS[urgency]
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Policy(steps=()), "at least 1"),
        (lambda: Policy(steps=(COORDINATORS,)), "asks no peer"),
        (lambda: Step(who=(Who.PEERS, Who.PEERS), answer_within_s=60), "names somebody twice"),
        (lambda: Step(who=(Who.COORDINATORS,), answer_within_s=60, waves=0), "only peers"),
        (lambda: Step(who=(Who.PEERS,), answer_within_s=5), "greater than or equal to 30"),
        (lambda: Step(who=(Who.PEERS,), at_once=100, answer_within_s=60), "less than or equal to 20"),
        (lambda: Hours(days=frozenset({1}), opens=time(9), closes=time(9)), "closes before it opens"),
        (lambda: Hours(days=frozenset(), opens=time(9), closes=time(10)), "at least 1"),
        (lambda: Hours(days=frozenset({1}), opens=time(9, tzinfo=UTC), closes=time(10)), "names a zone"),
    ],
)
def test_what_cannot_work_cannot_be_written_down(made: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        made()  # type: ignore[operator]  # a thunk
