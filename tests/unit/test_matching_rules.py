"""Who may be asked, in which order, what is told, and what is kept of the decision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import CenterWish, Channel, Urgency, Wish
from libs.peer.limits.rules import OwnWord, Policy
from libs.peer.matching import law
from libs.peer.matching.narrowing import own_center_alone
from libs.peer.matching.rules import (
    REASONS,
    Ask,
    Call,
    Candidate,
    Kept,
    Load,
    can_be_asked,
    ranked,
    record,
    unmet,
    what_keeps,
    wishes_not_kept,
)
from libs.peer.teams.rules import MODULES_NEEDED

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
AGENCIES = [UUID(int=number) for number in range(1, 5)]
HERE, ELSEWHERE = AGENCIES[0], AGENCIES[1]
DAYS = st.integers(1, 300).map(lambda days: NOW - timedelta(days=days))
HOURS = st.none() | st.integers(-48, 48).map(lambda hours: NOW + timedelta(hours=hours))
SAID = Call(said=True, said_at=NOW - timedelta(hours=1))


def ready(**changes: object) -> Candidate:
    """A peer who can be asked."""
    values: dict[str, object] = {
        "peer_id": uuid4(),
        "team": "roving",
        "agency_id": ELSEWHERE,
        "state": "MO",
        "holds_copy": True,
        "was_asked": False,
        "designated_on": date(2024, 1, 1),
        "lapses_on": None,
        "training_hours": 40,
        "modules": tuple(MODULES_NEEDED),
        "is_suspended": False,
        "today": NOW.date(),
        "languages": ("en",),
        "call": SAID,
    }
    return Candidate(**{**values, **changes})  # type: ignore[arg-type]  # by name, in the test's own hands


candidates = st.builds(
    Candidate,
    peer_id=st.uuids(),
    team=st.just("roving"),
    agency_id=st.sampled_from(AGENCIES),
    state=st.sampled_from(("MO", "LA", "ZZ")),
    holds_copy=st.booleans(),
    was_asked=st.booleans(),
    designated_on=st.none() | st.dates(date(2020, 1, 1), date(2028, 1, 1)),
    lapses_on=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    training_hours=st.integers(38, 42),
    modules=st.sampled_from((tuple(MODULES_NEEDED), ())),
    is_suspended=st.booleans(),
    today=st.just(NOW.date()),
    discipline=st.sampled_from(("dispatch", "fire")),
    languages=st.sampled_from((("en",), ("en", "es"))),
    is_helping=st.booleans(),
    verified=st.sampled_from(((), ("mail",))),
    seen_at=HOURS,
    cools_until=HOURS,
    zone=st.sampled_from(("America/Chicago", "UTC")),
    is_same_county=st.none() | st.booleans(),
    drive_minutes=st.none() | st.integers(1, 120),
    call=st.builds(
        Call, said=st.none() | st.booleans(), said_at=DAYS, duty_since=st.none() | DAYS, away_until=st.none() | DAYS
    ),
    load=st.builds(
        Load,
        is_busy=st.booleans(),
        open_contacts=st.integers(0, 4),
        accepts=st.integers(0, 4),
        contacts=st.integers(0, 9),
        last_asked_at=st.none() | DAYS,
        last_contact_at=st.none() | DAYS,
    ),
    word=st.builds(
        OwnWord,
        modalities=st.sampled_from((("phone",), ("in_person", "phone", "text"))),
        reach_minutes=st.none() | st.integers(0, 90),
        caseload=st.none() | st.integers(1, 3),
        quiet_from=st.none() | st.times(),
        quiet_until=st.none() | st.times(),
        wakes_for_now=st.booleans(),
        gender=st.sampled_from(("woman", "man", "not_said")),
        knows_calls=st.booleans(),
    ),
)
# Most people can be asked: or nothing would be ranked.
pools = st.lists(candidates | st.builds(lambda: ready()), max_size=20, unique_by=lambda one: one.peer_id)  # noqa: PLW0108 - a new one each time
asks = st.builds(
    Ask,
    wish=st.sampled_from(list(CenterWish)),
    own_agency=st.none() | st.sampled_from(AGENCIES),
    language=st.sampled_from(("en", "es")),
    urgency=st.sampled_from(list(Urgency)),
    channel=st.sampled_from(list(Channel)),
    way=st.none() | st.sampled_from(list(Channel)),
    wishes=st.sets(st.sampled_from(list(Wish))).map(tuple),
    asked_on=st.just(NOW.date()),
    state=st.none() | st.sampled_from(("MO", "UT")),
)


# Hard rules


@given(pools, asks)
def test_everybody_whom_nothing_keeps_is_ranked_nobody_else_and_in_any_order_alike(
    pool: list[Candidate], ask: Ask
) -> None:
    able = ranked(pool, ask, NOW)
    assert {one.peer_id for one in able} == {one.peer_id for one in pool if not what_keeps(one, ask, NOW)}
    assert able == ranked(reversed(pool), ask, NOW)
    assert all(one.holds_copy and not one.was_asked and not one.is_suspended for one in able)


IN_A_DAY = NOW + timedelta(days=1)
KEEPS: list[tuple[str, dict[str, object]]] = [
    ("no_copy", {"holds_copy": False}),
    ("asked", {"was_asked": True}),
    ("suspended", {"is_suspended": True}),
    ("training", {"designated_on": None}),
    ("training", {"lapses_on": NOW.date()}),
    ("training", {"training_hours": 39}),
    ("training", {"modules": ("scope",)}),
    ("off_call", {"call": Call()}),
    ("away", {"call": SAID._replace(away_until=IN_A_DAY)}),
    ("not_for_team", {"is_helping": False}),
    ("unreachable", {"verified": ()}),
    ("busy", {"load": Load(is_busy=True)}),
    ("caseload", {"load": Load(open_contacts=3)}),
    ("caseload", {"load": Load(open_contacts=1), "word": OwnWord(caseload=1)}),
    ("fatigue", {"load": Load(accepts=3)}),
    ("fatigue", {"load": Load(accepts=1), "policy": Policy(accepts_a_day=1)}),
    ("cooling_down", {"cools_until": IN_A_DAY}),
    ("quiet_hours", {"word": OwnWord(quiet_from=time(22), quiet_until=time(7)), "zone": "America/Chicago"}),
]


@pytest.mark.parametrize(("reason", "changes"), KEEPS)
def test_each_hard_rule_alone_keeps_somebody_back_and_names_itself(reason: str, changes: dict[str, object]) -> None:
    assert can_be_asked(ready(), Ask(), NOW)
    assert [kept.reason for kept in what_keeps(ready(**changes), Ask(), NOW)] == [reason]


def test_what_ends_by_itself_says_when() -> None:
    tired = ready(cools_until=IN_A_DAY, call=SAID._replace(away_until=IN_A_DAY))
    assert what_keeps(tired, Ask(), NOW) == (Kept("away", IN_A_DAY), Kept("cooling_down", IN_A_DAY))
    assert can_be_asked(ready(cools_until=NOW), Ask(), NOW)


def test_own_word_may_be_stricter_than_the_regions_and_never_wider() -> None:
    wide = OwnWord(caseload=9, accepts_a_day=9)
    assert not can_be_asked(ready(word=wide, load=Load(open_contacts=3)), Ask(), NOW)
    assert not can_be_asked(ready(word=wide, load=Load(accepts=3)), Ask(), NOW)


@pytest.mark.parametrize(
    ("said", "said_ago", "duty_ago", "is_on"),
    [
        (None, None, None, False),
        (None, None, 1, True),
        (True, 9, None, True),
        (False, 9, None, False),
        # Off call yesterday says nothing of today's shift; "not now" within the shift does.
        (False, 9, 1, True),
        (False, 1, 9, False),
        (True, 1, 9, True),
    ],
)
def test_a_shift_or_the_own_word_puts_on_call_and_the_own_word_takes_away(
    said: bool | None, said_ago: int | None, duty_ago: int | None, is_on: bool
) -> None:
    def ago(hours: int | None) -> datetime | None:
        return None if hours is None else NOW - timedelta(hours=hours)

    assert Call(said, ago(said_ago), ago(duty_ago)).is_on is is_on


def test_quiet_hours_are_broken_by_now_alone_and_only_by_consent() -> None:
    asleep = OwnWord(quiet_from=time(0), quiet_until=time(23, 59))
    wakes = replace(asleep, wakes_for_now=True)
    assert not can_be_asked(ready(word=asleep), Ask(urgency=Urgency.NOW), NOW)
    assert can_be_asked(ready(word=wakes), Ask(urgency=Urgency.NOW), NOW)
    assert not can_be_asked(ready(word=wakes), Ask(urgency=Urgency.TODAY), NOW)


@pytest.mark.parametrize(
    ("urgency", "minutes", "reaches"), [("now", 4, True), ("now", 6, False), ("today", 59, True), ("today", 61, False)]
)
def test_an_open_page_is_a_channel_for_as_long_as_the_urgency_can_wait(
    urgency: str, minutes: int, reaches: bool
) -> None:
    looks = ready(verified=(), seen_at=NOW - timedelta(minutes=minutes))
    assert can_be_asked(looks, Ask(urgency=Urgency(urgency)), NOW) is reaches


# Law packs


def test_every_pack_is_of_a_state_with_citation_and_date_and_none_is_confirmed() -> None:
    assert set(law.PACKS) == {"LA", "UT", "KY", "MO", "KS"}
    for pack in law.PACKS.values():
        assert pack.citation
        assert pack.version_on is not None
        assert not pack.confirmed_by_counsel


@pytest.mark.parametrize(("asking", "own", "is_lawful"), [("MO", "MO", True), ("LA", "MO", False), ("MO", "LA", False)])
def test_where_the_law_wants_designation_before_the_incident_todays_does_not_count(
    asking: str, own: str, is_lawful: bool
) -> None:
    ask = Ask(state=asking, asked_on=NOW.date())
    assert can_be_asked(ready(state=own, designated_on=NOW.date()), ask, NOW) is is_lawful
    assert can_be_asked(ready(state=own, designated_on=NOW.date() - timedelta(days=1)), ask, NOW)


@pytest.mark.parametrize("state", ["ZZ", "", None])
def test_an_unknown_state_gets_the_strictest(state: str | None) -> None:
    strictest = law.pack(state)
    for pack in law.PACKS.values():
        assert strictest.designated_before_incident >= pack.designated_before_incident
        assert strictest.drops_where_witness_or_party >= pack.drops_where_witness_or_party
    ask = Ask(state=state, asked_on=NOW.date())
    assert [kept.reason for kept in what_keeps(ready(designated_on=NOW.date()), ask, NOW)] == ["law"]


@pytest.mark.parametrize(("wish", "is_sent"), [(CenterWish.NO_PREFERENCE, False), (CenterWish.OWN, True)])
def test_where_witnesses_lose_the_privilege_colleagues_are_sent_on_an_express_wish_alone(
    wish: CenterWish, is_sent: bool
) -> None:
    colleague = ready(agency_id=HERE, state="UT")
    assert can_be_asked(colleague, Ask(wish=wish, own_agency=HERE, state="UT"), NOW) is is_sent
    assert can_be_asked(colleague._replace(state="KS"), Ask(wish=wish, own_agency=HERE, state="KS"), NOW)


# Wishes, each with its fall-back

WISHES: list[tuple[str, Ask, dict[str, object], dict[str, object]]] = [
    ("center", Ask(wish=CenterWish.OWN, own_agency=HERE, state="MO"), {"agency_id": HERE}, {}),
    ("language", Ask(language="es"), {"languages": ("en", "es")}, {}),
    ("woman", Ask(wishes=(Wish.WOMAN,)), {"word": OwnWord(gender="woman")}, {}),
    ("man", Ask(wishes=(Wish.MAN,)), {"word": OwnWord(gender="man")}, {"word": OwnWord(gender="woman")}),
    ("knows_calls", Ask(wishes=(Wish.KNOWS_CALLS,)), {"word": OwnWord(knows_calls=True)}, {}),
    ("discipline", Ask(wishes=(Wish.OF_FIRE, Wish.OF_EMS)), {"discipline": "fire"}, {"discipline": "law"}),
]


@pytest.mark.parametrize(("name", "ask", "keeps", "keeps_not"), WISHES)
def test_a_wish_comes_before_fairness_and_falls_back_in_words(
    name: str, ask: Ask, keeps: dict[str, object], keeps_not: dict[str, object]
) -> None:
    rested = ready(**keeps_not)
    tired = ready(**keeps, load=Load(contacts=5, last_asked_at=NOW, last_contact_at=NOW))
    assert ranked([rested, tired], ask, NOW) == [tired, rested]
    assert unmet([tired], ask) == ()
    assert ranked([rested], ask, NOW) == [rested]
    assert unmet([rested], ask) == (name,)
    assert unmet([rested, tired], ask) == ()


def test_whoever_wishes_for_a_woman_or_a_man_wishes_for_neither() -> None:
    both = Ask(wishes=(Wish.MAN, Wish.WOMAN))
    pool = [ready(word=OwnWord(gender=gender)) for gender in ("woman", "man", "not_said")]
    assert ranked(pool, both, NOW) == ranked(pool, Ask(), NOW)
    assert unmet(pool[2:], both) == ()


@given(pools, asks)
def test_only_what_nobody_of_a_wave_keeps_is_told(pool: list[Candidate], ask: Ask) -> None:
    told = unmet(pool, ask)
    for name in told:
        assert all(name in wishes_not_kept(one, ask) for one in pool)
    if not ask.wishes and ask.wish is not CenterWish.OWN:
        assert set(told) <= {"language", ask.channel}


# Fairness


def test_on_duty_comes_first_for_now_and_for_nothing_else() -> None:
    on_duty = ready(call=Call(duty_since=NOW), load=Load(last_contact_at=NOW, last_asked_at=NOW))
    volunteer = ready()
    assert ranked([volunteer, on_duty], Ask(urgency=Urgency.NOW), NOW)[0] is on_duty
    assert ranked([volunteer, on_duty], Ask(urgency=Urgency.TODAY), NOW)[0] is volunteer


def test_then_the_last_contact_by_the_day_then_load_then_who_was_asked_longest_ago() -> None:
    yesterday, month = NOW - timedelta(days=1), NOW - timedelta(days=29)

    def of(contact: datetime | None, contacts: int = 0, asked: datetime | None = None) -> Candidate:
        return ready(load=Load(contacts=contacts, last_contact_at=contact, last_asked_at=asked))

    order = [
        of(None),
        of(None, 0, yesterday),
        of(month, 9),
        of(yesterday, 1),
        of(yesterday, 2, month),
        of(yesterday, 2, NOW),
    ]
    assert ranked(reversed(order), Ask(), NOW) == order


# In-house teams

in_house = st.builds(
    lambda one: one._replace(team="in_house", agency_id=HERE),
    candidates | st.builds(lambda: ready()),  # noqa: PLW0108 - a new one each time
)
own_teams = st.lists(in_house, max_size=6, unique_by=lambda one: one.peer_id)


@given(pools, own_teams, asks, st.integers(-60, 60).map(lambda minutes: NOW + timedelta(minutes=minutes)))
def test_a_request_is_the_own_centers_alone_by_a_wish_in_its_time_and_while_somebody_there_can_be_asked(
    pool: list[Candidate], own: list[Candidate], ask: Ask, until: datetime
) -> None:
    alone = own_center_alone([*pool, *own], ask, NOW, until)
    assert all(one.agency_id == ask.own_agency for one in alone)
    may = ask.wish is CenterWish.OWN and ask.own_agency == HERE and until > NOW
    assert bool(alone) == (may and any(can_be_asked(one, replace(ask, way=Channel.THIS_PAGE), NOW) for one in own))
    if alone:  # Nobody is lost meanwhile: there is somebody to ask, and nobody of the center is passed over.
        ask = replace(ask, way=Channel.THIS_PAGE)
        assert ranked(alone, ask, NOW)
        assert set(ranked(alone, ask, NOW)) == {one for one in ranked([*pool, *own], ask, NOW) if one.agency_id == HERE}


@given(pools, st.data(), asks)
def test_somebody_in_two_teams_is_asked_once_where_either_lets_them(
    pool: list[Candidate], data: st.DataObject, ask: Ask
) -> None:
    doubled = data.draw(st.lists(st.sampled_from(pool), unique_by=lambda one: one.peer_id)) if pool else []
    twins = [
        one._replace(team="in_house", is_helping=data.draw(st.booleans()), designated_on=date(2024, 1, 1))
        for one in doubled
    ]
    found = [one.peer_id for one in ranked([*pool, *twins], ask, NOW)]
    assert len(found) == len(set(found))
    assert set(found) == {one.peer_id for one in [*pool, *twins] if can_be_asked(one, ask, NOW)}


# The record


@given(pools, own_teams, asks)
def test_the_record_does_not_know_the_in_house_team(pool: list[Candidate], own: list[Candidate], ask: Ask) -> None:
    assert record([*pool, *own], ask, NOW) == record(pool, ask, NOW)


@given(pools, asks, st.lists(st.tuples(st.booleans(), st.booleans()), min_size=20, max_size=20))
def test_the_record_is_the_same_whomever_the_requester_leaves_out_and_whoever_was_asked(
    pool: list[Candidate], ask: Ask, changes: list[tuple[bool, bool]]
) -> None:
    other = [
        one._replace(holds_copy=holds, was_asked=asked) for one, (holds, asked) in zip(pool, changes, strict=False)
    ]
    assert record(pool, ask, NOW) == record(other, ask, NOW)


@given(pools, asks, asks)
def test_the_record_has_one_shape_and_does_not_know_center_language_way_or_wishes(
    pool: list[Candidate], ask: Ask, another: Ask
) -> None:
    counts = record(pool, ask, NOW)
    assert tuple(counts) == ("pool", "free", *REASONS)
    assert counts["pool"] == len(pool)
    assert all(0 <= counts[reason] <= counts["pool"] for reason in counts)
    alike = replace(another, urgency=ask.urgency, state=ask.state)
    assert record(pool, alike, NOW) == counts


def test_somebody_from_the_own_center_is_no_reason() -> None:
    leaves: Callable[[UUID | None], Ask] = lambda own: Ask(own_agency=own, state="UT")  # noqa: E731 - two asks, one difference
    pool = [ready(agency_id=HERE), ready()]
    assert record(pool, leaves(HERE), NOW) == record(pool, leaves(None), NOW)
