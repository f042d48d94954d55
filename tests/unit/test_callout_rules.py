"""Who may be asked, whom to ask next, and what may happen to a callout."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import CenterWish, State, Urgency
from libs.peer.callouts.rules import (
    ANSWER_WITHIN,
    CONTACT_WITHIN,
    DECIDE_WITHIN,
    ENDED,
    MOVES,
    Act,
    LeftOut,
    who_may_be_asked,
)
from libs.peer.matching.rules import Ask, Candidate, can_be_asked, ranked
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
)
rosters = st.lists(listed, max_size=60, unique_by=lambda one: one.peer_id)
candidates = st.builds(
    Candidate,
    peer_id=st.uuids(),
    agency_id=st.sampled_from(AGENCIES),
    designated_on=st.none() | st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    lapses_on=st.none() | st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    training_hours=st.integers(0, 100),
    modules=st.lists(st.sampled_from(sorted(MODULES_NEEDED)), unique=True).map(tuple),
    is_suspended=st.booleans(),
    is_available=st.booleans(),
    is_busy=st.booleans(),
    was_asked=st.booleans(),
    last_asked_at=st.none() | st.integers(1, 300).map(lambda days: NOW - timedelta(days=days)),
)


def ready(**changes: object) -> Candidate:
    """A peer who can be asked."""
    values: dict[str, object] = {
        "peer_id": uuid4(),
        "agency_id": AGENCIES[0],
        "designated_on": date(2024, 1, 1),
        "lapses_on": None,
        "training_hours": 40,
        "modules": tuple(MODULES_NEEDED),
        "is_suspended": False,
        "is_available": True,
        "is_busy": False,
        "was_asked": False,
        "last_asked_at": None,
    }
    return Candidate(**{**values, **changes})  # type: ignore[arg-type]  # by name, in the test's own hands


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


@given(st.lists(candidates, max_size=30), st.sampled_from(list(CenterWish)), st.none() | st.sampled_from(AGENCIES))
def test_everybody_who_can_be_asked_is_ranked_nobody_else_and_in_any_order_alike(
    pool: list[Candidate], wish: CenterWish, own: UUID | None
) -> None:
    ask = Ask(wish, own, "es")
    able = ranked(pool, ask, TODAY)
    assert {one.peer_id for one in able} == {one.peer_id for one in pool if can_be_asked(one, TODAY)}
    assert able == ranked(reversed(pool), ask, TODAY)


def test_whoever_was_asked_longest_ago_is_next_and_never_asked_comes_first() -> None:
    long_ago, lately, never = (
        ready(last_asked_at=NOW - timedelta(days=9)),
        ready(last_asked_at=NOW - timedelta(days=1)),
        ready(),
    )
    assert ranked([lately, long_ago, never], Ask(CenterWish.ANOTHER, None, "en"), TODAY) == [never, long_ago, lately]


def test_the_own_center_when_wished_comes_first_and_the_others_stand_behind() -> None:
    colleague, other = ready(agency_id=AGENCIES[1], last_asked_at=NOW), ready(agency_id=AGENCIES[2])
    assert ranked([other, colleague], Ask(CenterWish.OWN, AGENCIES[1], "en"), TODAY) == [colleague, other]


def test_who_speaks_the_language_is_asked_before_who_does_not_and_these_before_nobody() -> None:
    speaks = ready(languages=("en", "es"), last_asked_at=NOW)
    does_not = ready(languages=("en",))
    assert ranked([does_not, speaks], Ask(CenterWish.ANOTHER, None, "es"), TODAY) == [speaks, does_not]


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
