"""The clocks from a yes to a confirmed contact, and the figures of how long it took: rules, without a database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.attempts import rules
from libs.peer.attempts.models import AttemptKind
from libs.peer.attempts.rules import ContactClock, Then
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import CONTACT_WITHIN, asks_both_at
from libs.peer.waits import rules as waits

CHICAGO = ZoneInfo("America/Chicago")
YES = datetime(2026, 11, 25, 10, tzinfo=UTC)
URGENCIES = st.sampled_from(list(Urgency))
AFTER = st.integers(0, 6 * 24 * 60).map(lambda minutes: YES + timedelta(minutes=minutes))
OWN_WORD = st.tuples(st.sampled_from([AttemptKind.TRIED, AttemptKind.TALKED]), AFTER)
COUNTED = st.tuples(st.sampled_from([AttemptKind.MESSAGE, AttemptKind.BRIDGED]), AFTER)


@given(URGENCIES, st.lists(OWN_WORD))
def test_the_peers_own_word_never_stops_the_clock(
    urgency: Urgency, attempts: list[tuple[AttemptKind, datetime]]
) -> None:
    clock = rules.contact_clock(urgency, YES, attempts, CHICAGO)
    assert clock == ContactClock(YES + CONTACT_WITHIN[urgency], Then.REPAGE)
    assert YES < asks_both_at(urgency, YES) < clock.at


@given(URGENCIES, st.lists(COUNTED, min_size=1), st.lists(OWN_WORD))
def test_it_closes_after_two_that_count_and_a_waiting_time_and_never_before(
    urgency: Urgency, counted: list[tuple[AttemptKind, datetime]], own: list[tuple[AttemptKind, datetime]]
) -> None:
    clock = rules.contact_clock(urgency, YES, [*own, *counted], CHICAGO)
    first, last = min(at for _, at in counted), max(at for _, at in counted)
    is_apart = (
        last - first >= timedelta(hours=1)
        if urgency is Urgency.NOW
        else last.astimezone(CHICAGO).date() > first.astimezone(CHICAGO).date()
    )
    assert (clock.then is Then.CLOSE) == is_apart
    assert clock.at > first
    if clock.then is Then.CLOSE:
        assert clock.at - first >= rules.WAIT_AFTER[urgency] + (
            timedelta(hours=1) if urgency is Urgency.NOW else timedelta()
        )


def test_now_has_an_hour_between_and_the_others_a_night() -> None:
    evening, midnight_past = datetime(2026, 11, 26, 5, 50, tzinfo=UTC), datetime(2026, 11, 26, 6, 10, tzinfo=UTC)
    twenty_minutes_apart = [(AttemptKind.MESSAGE, evening), (AttemptKind.MESSAGE, midnight_past)]
    assert rules.contact_clock(Urgency.NOW, YES, twenty_minutes_apart, CHICAGO).then is Then.REPAGE
    assert rules.contact_clock(Urgency.TODAY, YES, twenty_minutes_apart, CHICAGO).then is Then.CLOSE
    same_day = [(AttemptKind.BRIDGED, YES), (AttemptKind.BRIDGED, YES + timedelta(hours=5))]
    assert rules.contact_clock(Urgency.TODAY, YES, same_day, CHICAGO) == ContactClock(
        datetime(2026, 11, 27, 0, tzinfo=CHICAGO).astimezone(UTC), Then.REPAGE
    )


@given(st.dictionaries(st.integers(0, waits.LONGER), st.integers(1, 40)))
def test_a_median_is_said_of_twenty_or_more_and_lies_in_the_middle(counts: dict[int, int]) -> None:
    found = waits.median_band(counts)
    in_order = [place for place in sorted(counts) for _ in range(counts[place])]
    assert found == (in_order[(len(in_order) - 1) // 2] if len(in_order) >= 20 else None)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_who_waits_longer_is_never_in_a_lower_band(first: int, second: int) -> None:
    lower, higher = sorted((first, second))
    assert waits.band(timedelta(seconds=lower)) <= waits.band(timedelta(seconds=higher)) <= waits.LONGER


@pytest.mark.parametrize(("minutes", "place"), [(0, 0), (5, 0), (5.1, 1), (30, 3), (4320, 9), (4321, waits.LONGER)])
def test_bands(minutes: float, place: int) -> None:
    assert waits.band(timedelta(minutes=minutes)) == place


@given(st.dates(date(2024, 1, 1), date(2040, 1, 1)))
def test_the_quarter_before_is_over(day: date) -> None:
    before = waits.quarter_before(day)
    assert before < waits.quarter_of(day) <= day
    assert (waits.quarter_of(day) - before).days in {90, 91, 92}
