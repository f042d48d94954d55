"""Quiet hours on people's own clocks, rest after heavy conversations, ranks as levels."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.limits import rules
from libs.peer.limits.rules import OwnWord, Policy, quiet_ends
from libs.peer.teams import ranks
from services.cli import heartland

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam"),
)
NIGHT = OwnWord(quiet_from=time(22), quiet_until=time(7))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds; aware by the strategy
    st.sampled_from(ZONES),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_quiet_is_what_the_own_clock_says_and_it_ends(now: datetime, zone: str, start: time, end: time) -> None:
    ends = quiet_ends(OwnWord(quiet_from=start, quiet_until=end), zone, now)
    at = now.astimezone(ZoneInfo(zone)).time()
    is_quiet = start != end and (start <= at < end if start < end else not end <= at < start)
    assert (ends is not None) == is_quiet
    if ends is not None:
        assert now < ends <= now + timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        # 23:30 in Chicago, an hour before midnight and long after: the clock is set back that night.
        (datetime(2026, 11, 1, 4, 30, tzinfo=UTC), datetime(2026, 11, 1, 13, 0, tzinfo=UTC)),
        (datetime(2026, 11, 2, 4, 30, tzinfo=UTC), None),
        (datetime(2026, 7, 1, 11, 59, tzinfo=UTC), datetime(2026, 7, 1, 12, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), None),
    ],
)
def test_a_night_over_midnight(now: datetime, ends: datetime | None) -> None:
    if ends is None:
        now = now.replace(hour=14)
    assert quiet_ends(NIGHT, "America/Chicago", now) == ends


def test_no_hours_and_hours_that_begin_when_they_end_are_no_quiet() -> None:
    now = datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert quiet_ends(rules.UNSAID, "America/Chicago", now) is None
    assert quiet_ends(OwnWord(quiet_from=time(3), quiet_until=time(3)), "UTC", now) is None


@pytest.mark.parametrize(("effort", "hours"), [(1, 0), (2, 0), (3, 0), (4, 12), (5, 72)])
def test_rest_follows_from_how_heavy_it_was(effort: int, hours: int) -> None:
    assert rules.rest_after(effort, Policy(heavy_hours=12, heaviest_hours=72)) == timedelta(hours=hours)


def test_every_rank_of_the_demonstration_has_a_level_and_an_unknown_one_has_none() -> None:
    people = heartland.members(date(2026, 11, 25))
    assert all(ranks.level(one.discipline, one.rank) is not None for one in people)
    assert ranks.level("dispatch", " Shift  Supervisor ") == 1
    assert ranks.level("law", "Sheriff") == ranks.HIGHEST
    assert ranks.level("law", "grand vizier") is None
    assert ranks.level("dispatch", "sheriff") is None
