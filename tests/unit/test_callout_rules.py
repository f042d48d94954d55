"""Who may be asked, whom to ask next, and what may happen to a callout."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import CenterWish, State, Urgency, Wish
from libs.peer.callouts.rules import (
    ANSWER_WITHIN,
    CONTACT_WITHIN,
    DECIDE_WITHIN,
    ENDED,
    MOVES,
    Act,
    LeftOut,
    settled,
    who_may_be_asked,
    who_only_steps_in,
)
from libs.peer.teams import ranks
from libs.peer.teams.ranks import Leads
from libs.peer.teams.rules import MODULES_NEEDED, Listed, is_called, what_is_missing

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
AGENCIES = [UUID(int=number) for number in range(1, 5)]

listed = st.builds(
    Listed,
    peer_id=st.uuids(),
    agency_id=st.sampled_from(AGENCIES),
    name=st.sampled_from(("Ana Reyes", "Ben Okafor", "Noemí Cárdenas", "Mai Nguyen")),
    leads=st.booleans(),
    level=st.none() | st.integers(0, ranks.HIGHEST),
    steps_in=st.booleans(),
)
in_house = st.builds(
    Listed, st.uuids(), st.sampled_from(AGENCIES), st.just("Ada Byron"), st.booleans(), is_in_house_only=st.just(True)
)
rosters = st.lists(listed, max_size=60, unique_by=lambda one: one.peer_id)


@given(rosters, st.sampled_from(AGENCIES))
def test_the_own_center_holds_no_copy_unless_wished_and_its_leads_never(roster: list[Listed], own: UUID) -> None:
    asked = set(who_may_be_asked(roster, own, CenterWish.ANOTHER))
    assert asked == {one.peer_id for one in roster if one.agency_id != own}
    for wish in (CenterWish.OWN, CenterWish.NO_PREFERENCE):
        assert set(who_may_be_asked(roster, own, wish)) == {
            one.peer_id for one in roster if one.agency_id != own or not one.leads
        }


@given(rosters, st.sampled_from(AGENCIES), st.sets(st.sampled_from(AGENCIES)), st.sampled_from(list(CenterWish)))
def test_whoever_is_left_out_holds_no_copy_whatever_else_is_wished(
    roster: list[Listed], own: UUID, centers: set[UUID], wish: CenterWish
) -> None:
    without = LeftOut(centers, ("ana", "CARDENAS"))
    asked = set(who_may_be_asked(roster, own, wish, without))
    left_out = {one.peer_id for one in roster if one.agency_id in centers or one.name[:3] in {"Ana", "Noe"}}
    assert asked == set(who_may_be_asked(roster, own, wish)) - left_out


@given(rosters, st.sampled_from(AGENCIES), st.sampled_from(list(Leads)), st.sampled_from(list(CenterWish)))
def test_who_leads_gets_the_same_rank_or_above_from_elsewhere_and_no_wish_changes_it(
    roster: list[Listed], own: UUID, leads: Leads, wish: CenterWish
) -> None:
    holds = set(who_may_be_asked(roster, own, wish, leads=leads))
    as_peer = holds - who_only_steps_in(roster, leads)
    asked = [one for one in roster if one.peer_id in as_peer]
    assert all(one.agency_id != own and one.level is not None and one.level >= leads.level for one in asked)
    # Whoever steps in is there whatever their rank; nobody else who is below is.
    elsewhere = {one.peer_id for one in roster if one.agency_id != own}
    assert {one.peer_id for one in roster if one.steps_in} & elsewhere <= holds
    assert {one.peer_id for one in roster if one.level is not None and one.level >= leads.level} & elsewhere <= as_peer


@given(
    rosters,
    st.lists(in_house, max_size=20, unique_by=lambda one: one.peer_id),
    st.none() | st.sampled_from(AGENCIES),
    st.sampled_from(list(CenterWish)),
    st.none() | st.sampled_from(list(Leads)),
    st.booleans(),
)
def test_in_house_people_are_there_for_their_own_center_by_a_wish_alone_and_change_nothing_for_the_others(
    roster: list[Listed],
    own_teams: list[Listed],
    own: UUID | None,
    wish: CenterWish,
    leads: Leads | None,
    opens: bool,
) -> None:
    asked = who_may_be_asked([*own_teams, *roster], own, wish, leads=leads, opens_in_house=opens)
    of_region = {one.peer_id for one in roster}
    assert [one for one in asked if one in of_region] == list(who_may_be_asked(roster, own, wish, leads=leads))
    may = opens and wish is not CenterWish.ANOTHER and leads is None
    wanted = {one.peer_id for one in own_teams if may and one.agency_id == own and not one.leads}
    assert set(asked) - of_region == wanted - of_region


@given(rosters)
def test_who_does_not_say_what_they_lead_may_be_given_anybody(roster: list[Listed]) -> None:
    assert set(who_may_be_asked(roster, None, CenterWish.ANOTHER)) == {one.peer_id for one in roster}
    assert who_only_steps_in(roster, None) == frozenset()


def test_what_one_leads_is_the_level_of_the_ranks_that_lead_it() -> None:
    assert [leads.level for leads in Leads] == [1, 2, 3, ranks.HIGHEST]
    assert ranks.level("dispatch", "shift supervisor") == Leads.SHIFT.level
    assert ranks.level("dispatch", "director") == Leads.AGENCY.level


@pytest.mark.parametrize(
    "typed", ["Ana Reyes", "ana", "REYES", "reyes, ana", "A. Reyes", "Ana Reyez", "Anna Reyes", "  ana   reyes  "]
)
def test_a_name_is_found_as_people_remember_it(typed: str) -> None:
    assert is_called("Ana Reyes", typed)


@pytest.mark.parametrize("typed", ["", "  ", "...", "Ben", "Ana Okafor", "Reyes Nguyen", "na"])
def test_nobody_else_is_left_out(typed: str) -> None:
    assert not is_called("Ana Reyes", typed)


@pytest.mark.parametrize("typed", ["noemi", "Cardenas", "cárdenas", "Noemi Cardenaz"])
def test_accents_do_not_matter(typed: str) -> None:
    assert is_called("Noemí Cárdenas", typed)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_words_may_be_typed(name: str, typed: str) -> None:
    assert is_called(name, typed) in {True, False}
    assert is_called(name, name) or not any(mark.isalpha() for mark in name)


def test_what_is_missing_is_said_by_name() -> None:
    def missing(**changes: object) -> tuple[str, ...]:
        facts: dict[str, object] = {
            "designated_on": TODAY,
            "lapses_on": TODAY + timedelta(days=1),
            "training_hours": 40,
            "modules": MODULES_NEEDED,
            "today": TODAY,
        }
        return what_is_missing(**{**facts, **changes})  # type: ignore[arg-type]  # by name, in the test's own hands

    assert missing() == ()
    assert missing(designated_on=None) == ("designation",)
    assert missing(designated_on=TODAY + timedelta(days=1)) == ("designation",)
    assert missing(lapses_on=TODAY) == ("in_date",)
    assert missing(training_hours=39) == ("hours",)
    assert missing(modules={"scope", "resources", "de_escalation"}) == ("module:stress_indicators",)


def test_the_states_form_no_trap() -> None:
    """From every state that is no end, some acts lead to an end."""
    leads: dict[State, set[State]] = {state: set() for state in State}
    for sources, target in MOVES.values():
        for source in sources:
            leads[source].add(target)
    ends = set(ENDED)
    while grown := {state for state, targets in leads.items() if targets & ends} - ends:
        ends |= grown
    assert ends == set(State)
    for act in (Act.WITHDRAW, Act.CLOSE):
        assert MOVES[act][1] in ENDED


def test_every_urgency_has_its_times() -> None:
    assert set(ANSWER_WITHIN) == set(CONTACT_WITHIN) == set(DECIDE_WITHIN) == set(Urgency)
    assert ANSWER_WITHIN[Urgency.NOW] < ANSWER_WITHIN[Urgency.TODAY] < ANSWER_WITHIN[Urgency.THIS_WEEK]


@given(st.lists(st.sampled_from(Wish)))
def test_a_colleague_is_rung_only_when_it_is_said_of_a_colleague_and_the_stricter_word_holds(said: list[Wish]) -> None:
    ring = {Wish.SAFE_TO_RING, Wish.RING_OFF_SHIFT}
    found = settled(said)
    assert list(found) == sorted(set(found))
    assert set(found) - ring == set(said) - ring
    assert len(ring & set(found)) == (Wish.FOR_COLLEAGUE in said and bool(ring & set(said)))
    assert Wish.SAFE_TO_RING not in found or Wish.RING_OFF_SHIFT not in said
