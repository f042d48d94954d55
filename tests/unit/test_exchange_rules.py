"""An exchange moves forward, ends from anywhere, and is looked at by one clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import Urgency
from libs.peer.exchanges import rules
from libs.peer.exchanges.models import ExchangeState

ASKED = datetime(2026, 3, 8, 6, tzinfo=UTC)


def test_nothing_is_offered_that_was_not_approved_and_everything_can_end() -> None:
    assert rules.MOVES["offer"] == (frozenset({ExchangeState.APPROVED}), ExchangeState.OFFERED)
    assert rules.MOVES["close"][0] == rules.OPEN == set(ExchangeState) - {ExchangeState.CLOSED}


@given(
    st.sampled_from(Urgency),
    st.timedeltas(timedelta(0), timedelta(days=2)),
    st.timedeltas(timedelta(0), timedelta(seconds=59)),
)
def test_whoever_looks_comes_back_within_the_minute_and_two_who_look_in_one_come_back_once(
    urgency: Urgency, after: timedelta, later: timedelta
) -> None:
    at = rules.look_again_at(urgency, ASKED, ASKED + after)
    assert timedelta(0) < at - (ASKED + after) <= rules.LOOK_AGAIN
    second = rules.look_again_at(urgency, ASKED, ASKED + after + later)
    assert second == at or ASKED + after + later >= at


@pytest.mark.parametrize("urgency", Urgency)
def test_the_end_of_the_time_to_answer_is_looked_at_when_it_comes(urgency: Urgency) -> None:
    end = ASKED + rules.ANSWER_WITHIN[urgency]
    assert rules.look_again_at(urgency, ASKED, end - timedelta(seconds=1)) == end
