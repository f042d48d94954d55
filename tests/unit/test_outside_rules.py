"""Who decides and when; what an agreement covers: as rules."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from libs.peer.agreements import rules as agreements
from libs.peer.agreements.rules import Coming, Phase, Scope, Term
from libs.peer.approvals import rules
from libs.peer.approvals.rules import OnRota, Step
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import DECIDE_WITHIN
from libs.peer.exchanges import rules as exchanges

START = datetime(2026, 11, 25, 4, tzinfo=UTC)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
rotas = st.lists(
    st.builds(OnRota, st.uuids(), st.just("Somebody"), st.booleans()), max_size=6, unique_by=lambda one: one.account_id
)


@given(rotas, DAYS)
def test_everybody_who_is_there_is_in_turn_exactly_once(rota: list[OnRota], today: date) -> None:
    found = rules.in_turn(rota, today)
    assert sorted(one.account_id for one in found) == sorted(one.account_id for one in rota if not one.is_away)


@given(st.lists(st.uuids(), min_size=1, max_size=6, unique=True), DAYS)
def test_each_is_first_once_in_a_round_of_weeks_and_the_turn_goes_on_on_mondays(ids: list[UUID], today: date) -> None:
    rota = [OnRota(one, "Somebody") for one in ids]
    monday = today - timedelta(days=today.weekday())
    firsts = [rules.in_turn(rota, monday + timedelta(weeks=week))[0].account_id for week in range(len(ids))]
    assert sorted(firsts) == sorted(ids)
    assert {rules.in_turn(rota, monday + timedelta(days=day))[0].account_id for day in range(7)} == {firsts[0]}


@given(rotas, DAYS, st.lists(st.sampled_from(Step), min_size=1, max_size=5).map(sorted))
def test_however_the_steps_are_seen_nobody_is_told_twice_and_nobody_is_forgotten(
    rota: list[OnRota], today: date, seen: list[Step]
) -> None:
    in_order = rules.in_turn(rota, today)
    told, who = -1, []
    for step in [*seen, Step.PARTNER]:
        if step > told:
            who += rules.to_tell(in_order, told, step)
            told = step
    assert who == [one.account_id for one in in_order]


@given(st.sampled_from(Urgency), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_the_lead_may_decide_from_the_end_of_the_managers_time_on_and_not_before(
    urgency: Urgency, waited: timedelta
) -> None:
    found = rules.climb(urgency, START, START + waited, rules.steps(3))
    assert (found.step >= Step.LEAD) is (waited >= DECIDE_WITHIN[urgency])
    if found.next_at is None:
        assert found.step is Step.PARTNER
    else:
        assert rules.climb(urgency, START, found.next_at, rules.steps(3)).step == found.step + 1


@given(rotas, DAYS, st.booleans(), st.sampled_from(Urgency))
def test_no_step_is_waited_out_that_tells_nobody_new(
    rota: list[OnRota], today: date, has_leads: bool, urgency: Urgency
) -> None:
    in_order = rules.in_turn(rota, today)
    through, told, now = rules.steps(len(in_order), has_leads=has_leads), -1, START
    while True:
        found = rules.climb(urgency, START, now, through)
        new = rules.to_tell(in_order, told, found.step)
        assert new or found.step is Step.PARTNER or (found.step is Step.LEAD and has_leads)
        told = found.step
        if found.next_at is None:
            break
        assert found.next_at - now == rules.climb_every(urgency)
        now = found.next_at
    assert found.step is Step.PARTNER
    assert now - START <= DECIDE_WITHIN[urgency] + rules.climb_every(urgency)


def test_with_nobody_on_the_rota_it_is_the_leads_at_once_and_without_one_another_regions() -> None:
    assert rules.climb(Urgency.THIS_WEEK, START, START, rules.steps(0)).step is Step.LEAD
    assert rules.climb(Urgency.THIS_WEEK, START, START, rules.steps(0, has_leads=False)).step is Step.PARTNER
    assert rules.steps(1) == (Step.FIRST, Step.LEAD, Step.PARTNER)
    assert rules.steps(2) == (Step.FIRST, Step.DEPUTY, Step.LEAD, Step.PARTNER)


@given(st.lists(st.uuids(), max_size=5, unique=True))
def test_the_clock_asks_each_region_once(partners: list[UUID]) -> None:
    asked: list[UUID] = []
    while (found := exchanges.next_to_ask(partners, asked[-1] if asked else None)) is not None:
        asked.append(found)
    assert asked == partners
    assert exchanges.next_to_ask(partners, uuid4()) is None


def test_for_now_each_step_takes_a_minute() -> None:
    assert rules.climb_every(Urgency.NOW) == timedelta(minutes=1)


@given(DAYS, st.integers(0, 900), st.integers(-900, 900), st.none() | st.integers(0, 900))
def test_an_agreement_holds_from_its_first_day_to_its_last_and_on_no_other(
    starts_on: date, length: int, offset: int, ended_after: int | None
) -> None:
    ended_on = None if ended_after is None else starts_on + timedelta(days=ended_after)
    term = Term(starts_on, starts_on + timedelta(days=length), ended_on)
    today = starts_on + timedelta(days=offset)
    expected = starts_on <= today <= term.ends_on and (ended_on is None or today < ended_on)
    assert agreements.holds(term, today) is expected
    assert (agreements.phase(term, today) is Phase.ENDS_SOON) is (expected and (term.last_day - today).days <= 30)


@given(DAYS, st.integers(0, 400))
def test_going_day_by_day_each_reminder_goes_out_once_and_in_time(starts_on: date, length: int) -> None:
    term, told, said = Term(starts_on, starts_on + timedelta(days=length)), None, []
    for offset in range(length + 3):
        due = agreements.due_reminder(term, told, starts_on + timedelta(days=offset))
        if due is not None:
            said.append((due, length - offset))
            told = due
    assert [days for days, _left in said] == sorted({days for days, _left in said}, reverse=True)
    assert all(left <= days for days, left in said)
    assert len(said) == (2 if length > 7 else 1)


def test_what_was_not_said_is_not_within_a_limit() -> None:
    partner, agency, agreement = uuid4(), uuid4(), uuid4()
    wide, fire = Scope(agreement, partner), Scope(agreement, partner, disciplines=("fire",))
    one = Scope(agreement, partner, agency_ids=(agency,), teams=("roving",))
    assert agreements.covers(wide, Coming(partner), "roving")
    assert not agreements.covers(wide, Coming(uuid4()), "roving")
    assert not agreements.covers(wide, Coming(), "roving")
    assert not agreements.covers(fire, Coming(partner), "roving")
    assert agreements.covers(fire, Coming(partner, None, "fire"), "roving")
    assert agreements.covers(one, Coming(partner, agency), "roving")
    assert not agreements.covers(one, Coming(partner, agency), "command_level")
    assert agreements.covers(Scope(agreement, None), Coming(agreement_id=agreement), "roving")
