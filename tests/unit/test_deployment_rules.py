"""Who may be on a team, whom to ask first, what a team needs, when it is late: whatever people and times there are."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.deployments import cards, rules
from libs.peer.deployments.cards import DEFAULT, Card
from libs.peer.deployments.composition import MOST_OF_ONE_AGENCY, Person, Place, Refusal, propose, why_not
from libs.peer.deployments.models import Answer, DeploymentState, InvitationState, Kind, SlotRole, SlotState
from libs.peer.deployments.rules import INVITATION_MOVES, MOVES, SLOT_MOVES, WINDOWS, Window
from libs.peer.incidents.models import IncidentType, Involved

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
AGENCIES = [UUID(int=number) for number in range(6)]
HERE = Place(AGENCIES[0], "Redbank", "MO")

people = st.builds(
    Person,
    member_id=st.uuids(),
    agency_id=st.sampled_from(AGENCIES),
    discipline=st.sampled_from(("dispatch", "fire", "ems", "law")),
    county=st.sampled_from(("Redbank", "Osprey")),
    state=st.sampled_from(("MO", "KS")),
    is_current=st.booleans(),
    is_clinician=st.booleans(),
    can_lead=st.booleans(),
    is_away=st.booleans(),
    deployed=st.integers(0, 4),
    last_at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
pools = st.lists(people, max_size=25, unique_by=lambda one: one.member_id)
needs = st.fixed_dictionaries(
    {SlotRole.LEAD: st.integers(0, 2), SlotRole.CLINICIAN: st.integers(0, 2), SlotRole.PEER: st.integers(0, 6)}
)
kinds = st.sampled_from(Kind)


def peer(number: int, **more: object) -> Person:
    known: dict[str, object] = {"county": "Osprey", "state": "MO", "discipline": "dispatch", "is_current": True}
    agency = {"agency_id": AGENCIES[1 + number % 5]}
    return Person(member_id=UUID(int=number), **{**agency, **known, **more})  # type: ignore[arg-type]  # by name


@given(pools, needs, kinds)
def test_a_proposed_team_keeps_every_rule(pool: list[Person], wanted: dict[SlotRole, int], kind: Kind) -> None:
    picks = propose(pool, wanted, kind=kind, place=HERE)
    by_id = {one.member_id: one for one in pool}
    team = [by_id[pick.member_id] for pick in picks]
    assert len({one.member_id for one in team}) == len(team), "nobody twice"
    assert all(one.agency_id != HERE.agency_id for one in team), "nobody of the affected agency"
    assert all(one.is_current and not one.is_away for one in team)
    assert all(count <= MOST_OF_ONE_AGENCY for count in Counter(one.agency_id for one in team).values())
    assert all(count <= wanted[role] for role, count in Counter(pick.role for pick in picks).items())
    for pick in picks:
        is_for_clinicians = pick.role is SlotRole.CLINICIAN or (pick.role is SlotRole.LEAD and kind is Kind.DEBRIEFING)
        assert by_id[pick.member_id].is_clinician == is_for_clinicians, "a clinician leads a debriefing"


@given(pools, needs, kinds)
def test_a_shortfall_means_that_nobody_else_may_be_asked(
    pool: list[Person], wanted: dict[SlotRole, int], kind: Kind
) -> None:
    picks = propose(pool, wanted, kind=kind, place=HERE)
    by_id = {one.member_id: one for one in pool}
    team = [by_id[pick.member_id] for pick in picks]
    for role, count in wanted.items():
        if sum(pick.role is role for pick in picks) < count:
            assert all(why_not(one, role, kind=kind, place=HERE, team=team) for one in pool)


@given(pools, needs, kinds, st.randoms(use_true_random=False))
def test_the_order_of_the_roster_decides_nothing(pool, wanted, kind, dice) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - hypothesis' own
    shuffled = list(pool)
    dice.shuffle(shuffled)
    assert propose(pool, wanted, kind=kind, place=HERE) == propose(shuffled, wanted, kind=kind, place=HERE)


@given(pools, needs, kinds)
def test_who_is_on_the_team_already_counts(pool: list[Person], wanted: dict[SlotRole, int], kind: Kind) -> None:
    first = propose(pool, wanted, kind=kind, place=HERE)
    by_id = {one.member_id: one for one in pool}
    team = [by_id[pick.member_id] for pick in first]
    more = propose(pool, wanted, kind=kind, place=HERE, team=team)
    assert not {pick.member_id for pick in more} & {one.member_id for one in team}
    agencies = Counter(by_id[pick.member_id].agency_id for pick in (*first, *more))
    assert all(count <= MOST_OF_ONE_AGENCY for count in agencies.values())


def test_somebody_of_the_affected_agency_needs_a_written_reason() -> None:
    own = peer(9, agency_id=HERE.agency_id)
    asked = {"kind": Kind.PFA, "place": HERE, "team": ()}
    assert why_not(own, SlotRole.PEER, **asked) is Refusal.OWN_AGENCY  # type: ignore[arg-type]  # by name
    assert why_not(own, SlotRole.PEER, **asked, has_written_reason=True) is None  # type: ignore[arg-type]  # by name
    assert propose([own], {SlotRole.PEER: 1}, kind=Kind.PFA, place=HERE) == ()


def test_whoever_was_on_fewer_teams_is_asked_first_then_the_same_county_then_longest_ago() -> None:
    often, near = peer(1, deployed=2, county="Redbank"), peer(2, county="Redbank")
    far, lately = peer(3, state="KS"), peer(4, last_at=NOW)
    wanted = {SlotRole.PEER: 4}
    picks = propose([often, far, lately, near], wanted, kind=Kind.PFA, place=HERE)
    assert [pick.member_id.int for pick in picks] == [2, 4, 3, 1]


def test_the_first_peer_has_sat_in_the_same_chair_and_then_disciplines_mix() -> None:
    pool = [peer(1, discipline="fire"), peer(2, deployed=3), peer(3), peer(4, discipline="law")]
    picks = propose(pool, {SlotRole.PEER: 3}, kind=Kind.PFA, place=HERE)
    assert [pick.member_id.int for pick in picks] == [3, 1, 4]


def test_a_coordinator_leads_where_no_clinician_has_to() -> None:
    pool = [peer(1), peer(2, can_lead=True, deployed=3), peer(3, is_clinician=True)]
    lead = {SlotRole.LEAD: 1}
    assert propose(pool, lead, kind=Kind.DEFUSING, place=HERE)[0].member_id == UUID(int=2)
    assert propose(pool, lead, kind=Kind.DEBRIEFING, place=HERE)[0].member_id == UUID(int=3)


@given(st.sampled_from(Kind), st.integers(-5, 300), st.sampled_from(Answer), st.sampled_from(Answer))
def test_a_time_outside_of_the_window_is_said_and_never_refused(
    kind: Kind, hours: int, included: Answer, backfill: Answer
) -> None:
    window = WINDOWS[kind]
    said = rules.warnings(
        window,
        happened_at=NOW,
        starts_at=NOW + timedelta(hours=hours),
        dispatchers_included=included,
        backfill=backfill,
    )
    assert ("too_early" in said) == (hours < window.from_hours)
    assert ("too_late" in said) == (hours > window.until_hours)
    assert ("dispatchers_left_out" in said) == (included is Answer.NO)
    assert ("backfill_unknown" in said) == (backfill is Answer.UNKNOWN)


@given(st.sampled_from(Kind), st.integers(0, 500))
def test_the_planned_time_is_never_before_the_window_or_before_a_team_can_be_there(kind: Kind, late_h: int) -> None:
    now = NOW + timedelta(hours=late_h)
    planned = rules.plan_start(WINDOWS[kind], NOW, now)
    assert planned >= NOW + timedelta(hours=WINDOWS[kind].from_hours)
    assert planned >= now + rules.SOONEST


@given(st.integers(0, 10), st.integers(0, 30))
def test_half_as_many_again_are_asked_and_nobody_when_nobody_is_missing(open_slots: int, pending: int) -> None:
    more = rules.to_ask(open_slots, pending)
    assert more >= 0
    assert (more == 0) if open_slots == 0 else (more + pending >= open_slots)
    assert more + pending <= max(pending, 2 * open_slots)


def test_nobody_is_given_longer_to_answer_than_there_is_time() -> None:
    for hours, minutes in ((1, 15), (6, 15), (7, 60), (24, 60), (25, 240), (500, 240)):
        assert rules.answer_within(NOW, NOW + timedelta(hours=hours)) == timedelta(minutes=minutes)


@pytest.mark.parametrize("moves", [MOVES, SLOT_MOVES, INVITATION_MOVES], ids=["deployment", "slot", "invitation"])
def test_an_end_is_an_end(moves: dict[str, tuple[frozenset[str], str]]) -> None:
    ends: set[str] = {DeploymentState.DONE, DeploymentState.CANCELLED, SlotState.CLOSED}
    ends |= {InvitationState.STOOD_DOWN} if moves is INVITATION_MOVES else set()
    assert not [act for act, (sources, _target) in moves.items() if moves is not SLOT_MOVES and sources & ends]


@given(st.integers(-5, 600))
def test_however_short_the_notice_a_team_is_asked_by_itself_with_half_of_the_time_left(minutes: int) -> None:
    starts_at = NOW + timedelta(minutes=minutes)
    reminds, asks = rules.reminds_at(NOW, starts_at), rules.asks_itself_at(NOW, starts_at)
    assert NOW <= reminds <= asks <= NOW + timedelta(hours=1)
    assert starts_at - asks >= asks - NOW or minutes < 0
    assert asks == NOW + timedelta(minutes=max(0, min(60, minutes / 2)))
    assert rules.asks_itself(NOW, starts_at, asks)
    assert not rules.asks_itself(NOW, starts_at, asks - timedelta(seconds=1))


@given(st.integers(2, 600), st.integers(0, 599))
def test_the_engine_looks_when_the_team_is_to_be_asked_and_when_it_reminds(minutes: int, gone: int) -> None:
    starts_at, now = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=gone)
    look = rules.next_look(
        DeploymentState.PROPOSED,
        opened_at=NOW,
        starts_at=starts_at,
        debrief_due_at=None,
        debriefed_at=None,
        offer_due_at=None,
        asked_until=None,
        has_open_slots=True,
        now=now,
    )
    due = [rules.reminds_at(NOW, starts_at), rules.asks_itself_at(NOW, starts_at)]
    assert look is not None
    assert all(look <= moment for moment in due if moment > now)


def test_after_the_start_those_are_asked_once_who_never_were_and_long_after_it_nobody() -> None:
    second = timedelta(seconds=1)
    assert rules.may_ask(NOW, NOW - second, was_anybody_asked=True)
    assert not rules.may_ask(NOW, NOW, was_anybody_asked=True)
    assert rules.may_ask(NOW, NOW + rules.REPORT_WITHIN - second, was_anybody_asked=False)
    assert not rules.may_ask(NOW, NOW + rules.REPORT_WITHIN, was_anybody_asked=False)
    assert not rules.asks_itself(NOW - timedelta(hours=2), NOW, NOW + rules.REPORT_WITHIN)


@given(
    st.sampled_from(DeploymentState),
    st.integers(-200, 200),
    st.integers(0, 300),
    st.none() | st.integers(-30, 30),
    st.none() | st.integers(-30, 30),
    st.booleans(),
)
def test_until_it_is_over_there_is_always_a_clock(
    state: DeploymentState,
    starts_in: int,
    opened_ago: int,
    debrief_in: int | None,
    offer_in: int | None,
    is_short: bool,
) -> None:
    def hours(count: int | None) -> datetime | None:
        return None if count is None else NOW + timedelta(hours=count)

    look = rules.next_look(
        state,
        opened_at=NOW - timedelta(hours=opened_ago),
        starts_at=NOW + timedelta(hours=starts_in),
        debrief_due_at=hours(debrief_in),
        debriefed_at=None,
        offer_due_at=hours(offer_in),
        asked_until=None,
        has_open_slots=is_short,
        now=NOW,
    )
    assert look is None or look > NOW
    assert (look is None) == (
        state is DeploymentState.CANCELLED
        or (state is DeploymentState.DONE and (debrief_in or 0) <= 0 and (offer_in or 0) <= 0)
    )


def test_there_is_a_run_card_for_every_type_and_size_and_the_regions_own_comes_first() -> None:
    assert set(DEFAULT) == {(kind, size) for kind in IncidentType for size in Involved}
    own = {(IncidentType.LODD, Involved.FEW): Card(Kind.PFA, 1, 1, 0)}
    assert cards.card_for(own, IncidentType.LODD, Involved.FEW).kind is Kind.PFA
    assert cards.card_for(own, IncidentType.LODD, Involved.MANY) == DEFAULT[IncidentType.LODD, Involved.MANY]
    assert all(card.leads >= 1 and card.peers + card.clinicians >= 1 for card in DEFAULT.values())


def test_a_window_ends_after_it_begins() -> None:
    assert set(WINDOWS) == set(Kind)
    assert all(window.from_hours < window.until_hours for window in WINDOWS.values())
    assert WINDOWS[Kind.DEFUSING] == Window(0, 12)
    assert WINDOWS[Kind.DEBRIEFING] == Window(24, 72)


def test_late_and_overdue_begin_the_moment_after() -> None:
    start, second = NOW, timedelta(seconds=1)
    assert not rules.is_late(DeploymentState.READY, start, NOW)
    assert rules.is_late(DeploymentState.READY, start, NOW + second)
    assert not rules.is_late(DeploymentState.UNDER_WAY, start, NOW + rules.REPORT_WITHIN)
    assert rules.is_late(DeploymentState.UNDER_WAY, start, NOW + rules.REPORT_WITHIN + second)
    assert not rules.is_late(DeploymentState.DONE, start, NOW + timedelta(days=9))
    assert rules.is_debrief_overdue(NOW, None, NOW + second)
    assert not rules.is_debrief_overdue(NOW, NOW, NOW + second)
    assert not rules.is_debrief_overdue(None, None, NOW)


def test_one_on_ones_are_due_a_day_after_the_end_until_somebody_says_yes_or_no() -> None:
    due = NOW + rules.OFFER_WITHIN
    assert rules.offer_due(DeploymentState.DONE, NOW, Answer.UNKNOWN) == due
    assert rules.offer_due(DeploymentState.DONE, NOW, Answer.YES) is None
    assert rules.offer_due(DeploymentState.DONE, NOW, Answer.NO) is None
    assert rules.offer_due(DeploymentState.CANCELLED, NOW, Answer.UNKNOWN) is None
    assert rules.offer_due(DeploymentState.UNDER_WAY, None, Answer.UNKNOWN) is None


def test_nobody_is_refused_for_what_would_tell_that_somebody_asked() -> None:
    """A decision that a manager reads knows nothing of calls, offers or load: there is no field for it."""
    assert set(Person.__dataclass_fields__) == {
        *("member_id", "agency_id", "discipline", "county", "state", "is_current", "is_clinician", "can_lead"),
        *("is_away", "deployed", "last_at"),
    }
    assert why_not(replace(peer(1), is_away=True), SlotRole.PEER, kind=Kind.PFA, place=HERE, team=()) is Refusal.AWAY
