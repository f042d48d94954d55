"""What a peer reads of being on call is what matching does: proved for any words, shifts and absences."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import Urgency
from libs.peer.limits.rules import OwnWord
from libs.peer.matching import rules
from libs.peer.matching.rules import Ask, Call, Candidate, Load
from libs.peer.matching.standing import How, Standing, standing
from libs.peer.teams.rules import MODULES_NEEDED

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS_AGO = st.integers(0, 30).map(lambda hours: NOW - hours * HOUR)
TO_COME = st.integers(1, 30).map(lambda hours: NOW + hours * HOUR)
SHIFTS = st.none() | st.tuples(HOURS_AGO, TO_COME)
WORDS = st.none() | st.tuples(st.booleans(), HOURS_AGO)
UNSAID = Call()
QUIET = OwnWord(quiet_from=time(0), quiet_until=time(23, 59))


def part(team: str = "roving", call: Call = UNSAID, **more: object) -> Candidate:
    """One team of somebody's against whom nothing stands but what is said."""
    values: dict[str, object] = {
        "peer_id": UUID(int=1),
        "team": team,
        "agency_id": UUID(int=2),
        "state": "MO",
        "holds_copy": True,
        "was_asked": False,
        "designated_on": date(2024, 1, 1),
        "lapses_on": None,
        "training_hours": 48,
        "modules": sorted(MODULES_NEEDED),
        "is_suspended": False,
        "today": NOW.date(),
        "call": call,
        **more,
    }
    return Candidate(**values)  # type: ignore[arg-type]  # a test's keywords


@st.composite
def persons(draw: st.DrawFn) -> Sequence[Candidate]:
    """Draw somebody in one team or two, as one statement reads them: word, absence and reach are the person's."""
    said, said_at = draw(WORDS) or (None, None)
    away = draw(st.none() | TO_COME)
    person = {
        "verified": draw(st.sampled_from([("mail",), ()])),
        "seen_at": draw(st.none() | HOURS_AGO),
        "load": Load(is_busy=draw(st.booleans()), open_contacts=draw(st.integers(0, 4))),
        "word": draw(st.sampled_from([OwnWord(), QUIET, replace(QUIET, wakes_for_now=True)])),
    }
    teams = draw(st.sampled_from([["roving"], ["command_level"], ["roving", "command_level"]]))
    made = []
    for team in teams:
        since, until = draw(SHIFTS) or (None, None)
        is_helping = draw(st.booleans())
        made.append(part(team, Call(said, said_at, since, until, away), is_helping=is_helping, **person))
    return made


def asked(parts: Sequence[Candidate], *but: str, urgency: Urgency = Urgency.TODAY) -> bool:
    """Whether matching puts a request to somebody by any of their teams; `but`: reasons left aside."""
    ask = Ask(urgency=urgency, asked_on=NOW.date(), state="MO")
    return any({kept.reason for kept in rules.what_keeps(one, ask, NOW)} <= set(but) for one in parts)


@given(persons())
def test_the_page_says_that_requests_come_exactly_when_matching_sends_them(parts: Sequence[Candidate]) -> None:
    said = standing(parts, NOW)

    assert said.is_asked == asked(parts, "busy")
    # An open page reaches somebody for whatever comes; a closed one counts for longer, the less it hurries.
    seen = [one._replace(seen_at=NOW) for one in parts]
    looking = standing(seen, NOW)
    assert (looking.is_asked or looking.is_woken) == asked(seen, "busy", urgency=Urgency.NOW)
    assert said.is_on_call == asked(parts, *set(rules.REASONS).difference({"off_call", "away", "unreachable"}))


@given(persons())
def test_going_the_other_way_in_one_press_comes_to_what_the_button_says(parts: Sequence[Candidate]) -> None:
    said = standing(parts, NOW)
    goes_off = said.would_be_on and said.how is not How.AWAY
    away = parts[0].call.away_until if goes_off else None
    pressed = [one._replace(call=one.call._replace(said=not goes_off, said_at=NOW, away_until=away)) for one in parts]

    after = standing(pressed, NOW)

    assert after.would_be_on is not goes_off
    assert after.how in ({How.OFF, How.LEFT_SHIFT} if goes_off else {How.OWN_WORD, How.UNREACHED})


@given(persons(), st.integers(1, 40))
def test_until_is_when_the_shift_has_ended(parts: Sequence[Candidate], hours: int) -> None:
    said = standing(parts, NOW)
    if said.how is not How.SHIFT:
        return
    later = NOW + hours * HOUR
    over = [
        one._replace(call=one.call._replace(duty_since=None, duty_until=None))
        if one.call.duty_until is not None and one.call.duty_until <= later
        else one
        for one in parts
    ]

    assert said.until is not None
    assert any(one.call.is_on for one in over) is (later < said.until)


SIX, TEN = NOW - 6 * HOUR, NOW + 10 * HOUR


@pytest.mark.parametrize(
    ("call", "more", "stands"),
    [
        (Call(), {}, Standing(How.OFF)),
        (Call(said=True, said_at=SIX), {}, Standing(How.OWN_WORD, None, would_be_on=True)),
        (Call(duty_since=SIX, duty_until=TEN), {}, Standing(How.SHIFT, TEN, would_be_on=True)),
        (Call(True, NOW, SIX, TEN), {}, Standing(How.OWN_WORD, None, would_be_on=True)),
        (Call(False, NOW, SIX, TEN), {}, Standing(How.LEFT_SHIFT, TEN)),
        (Call(False, SIX - HOUR, SIX, TEN), {}, Standing(How.SHIFT, TEN, would_be_on=True)),
        (Call(True, NOW, SIX, TEN, NOW + HOUR), {}, Standing(How.AWAY, NOW + HOUR, would_be_on=True)),
        (Call(away_until=NOW + HOUR), {}, Standing(How.AWAY, NOW + HOUR)),
        (Call(True, NOW), {"verified": ()}, Standing(How.UNREACHED, None, would_be_on=True)),
        (Call(True, NOW), {"verified": (), "seen_at": NOW}, Standing(How.OWN_WORD, None, would_be_on=True)),
    ],
)
def test_each_way_to_stand_has_its_own_word(call: Call, more: dict[str, Any], stands: Standing) -> None:
    assert standing([part(call=call, **more)], NOW) == stands


def test_what_one_team_has_against_somebody_is_nothing_while_the_other_asks_them() -> None:
    on = Call(said=True, said_at=SIX)
    fit, unwilling = part(call=on), part("command_level", on, is_helping=False)

    assert standing([fit, unwilling], NOW).kept == ()
    assert [kept.reason for kept in standing([unwilling], NOW).kept] == ["not_for_team"]
    quiet = standing([part(call=on, word=QUIET), unwilling._replace(word=QUIET)], NOW)
    assert [kept.reason for kept in quiet.kept] == ["quiet_hours"]
    assert not quiet.is_asked


def test_whom_no_team_asks_has_their_own_word_alone() -> None:
    assert standing([], NOW, said=True) == Standing(How.OWN_WORD, None, would_be_on=True)
    assert standing([], NOW) == Standing(How.OFF)
