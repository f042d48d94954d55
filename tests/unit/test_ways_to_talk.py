"""How to talk: who is asked for it, in which order, and what holds where nobody does."""

from dataclasses import replace

import pytest
from hypothesis import given

from libs.peer.callouts.models import Channel, Wish
from libs.peer.callouts.rules import way_to_talk
from libs.peer.limits.rules import OwnWord, Policy
from libs.peer.matching.narrowing import settled
from libs.peer.matching.rules import Ask, Candidate, Load, can_be_asked, ranked, record, unmet, what_keeps
from tests.unit.test_matching_rules import NOW, asks, pools, ready

TO_MEET, BY_PHONE = Ask(channel=Channel.IN_PERSON), Ask(channel=Channel.PHONE)
PHONE_ALONE = OwnWord(modalities=("phone",))
MEETS_ALONE = OwnWord(modalities=("in_person",))


def reasons(one: Candidate, ask: Ask) -> list[str]:
    return [kept.reason for kept in what_keeps(one, ask, NOW)]


def test_whoever_does_not_talk_that_way_is_not_asked_to() -> None:
    by_phone, meets = ready(word=PHONE_ALONE), ready(word=MEETS_ALONE)
    assert reasons(by_phone, TO_MEET) == ["modality"]
    assert reasons(meets, BY_PHONE) == ["modality"]
    assert can_be_asked(by_phone, BY_PHONE, NOW)
    assert can_be_asked(meets, TO_MEET, NOW)
    assert all(can_be_asked(one, Ask(), NOW) for one in (by_phone, meets))


@pytest.mark.parametrize(
    ("place", "word", "may"),
    [
        ({"drive_minutes": 60}, OwnWord(), True),
        ({"drive_minutes": 61}, OwnWord(), False),
        ({"drive_minutes": 61}, OwnWord(reach_minutes=90), True),
        ({"drive_minutes": 30}, OwnWord(reach_minutes=20), False),
        # Within the county it is never too far; what is not known is not, but for who never leaves the county.
        ({"is_same_county": True, "drive_minutes": 90}, OwnWord(), True),
        ({"is_same_county": True}, OwnWord(reach_minutes=0), True),
        ({"is_same_county": False}, OwnWord(), True),
        ({"is_same_county": False}, OwnWord(reach_minutes=0), False),
        ({}, OwnWord(reach_minutes=0), True),
    ],
)
def test_nobody_is_asked_to_drive_farther_than_they_do(place: dict[str, object], word: OwnWord, may: bool) -> None:
    one = ready(**place, word=word, policy=Policy(near_minutes=60))
    assert reasons(one, TO_MEET) == ([] if may else ["reach"])
    assert can_be_asked(one, BY_PHONE, NOW)


def test_to_meet_the_same_county_comes_first_then_the_drive_then_who_is_not_known() -> None:
    tired = Load(contacts=5, last_asked_at=NOW, last_contact_at=NOW)
    here = ready(is_same_county=True, drive_minutes=50, load=tired)
    near, far = ready(drive_minutes=10, load=tired), ready(drive_minutes=55)
    unknown, beyond = ready(), ready(drive_minutes=61)
    pool = [beyond, unknown, far, near, here]
    assert ranked(pool, TO_MEET, NOW) == [here, near, far, unknown]
    called = {one.peer_id for one in ranked(pool, BY_PHONE, NOW)[:3]}
    assert called == {far.peer_id, unknown.peer_id, beyond.peer_id}, "whoever is called may be anywhere"


def test_what_somebody_wishes_for_in_words_comes_before_the_way_there() -> None:
    knows, nearer = ready(word=OwnWord(knows_calls=True), drive_minutes=40), ready(is_same_county=True)
    assert ranked([nearer, knows], replace(TO_MEET, wishes=(Wish.KNOWS_CALLS,)), NOW) == [knows, nearer]


@given(pools, asks)
def test_a_way_to_talk_is_never_a_dead_end(pool: list[Candidate], ask: Ask) -> None:
    found = settled(pool, replace(ask, way=None), NOW)
    in_any_way = replace(ask, way=Channel.THIS_PAGE)
    assert bool(ranked(pool, found, NOW)) == bool(ranked(pool, in_any_way, NOW))


@given(pools, asks)
def test_all_of_a_wave_talk_the_way_that_is_told(pool: list[Candidate], ask: Ask) -> None:
    found = settled(pool, replace(ask, way=None), NOW)
    wave = ranked(pool, found, NOW)
    told = way_to_talk(ask.channel, unmet(wave, found))
    if told is Channel.IN_PERSON:
        assert all("in_person" in one.word.modalities and not one.is_too_far for one in wave)
    if (
        wave
        and ask.channel is not Channel.THIS_PAGE
        and any(can_be_asked(one, replace(ask, way=None), NOW) for one in pool)
    ):
        assert told is ask.channel, "as long as anybody is there who talks like that"


@pytest.mark.parametrize(
    ("channel", "words", "way", "told"),
    [
        (Channel.IN_PERSON, [PHONE_ALONE, OwnWord()], Channel.IN_PERSON, ()),
        (Channel.IN_PERSON, [PHONE_ALONE, PHONE_ALONE], Channel.PHONE, ("in_person",)),
        (Channel.IN_PERSON, [OwnWord(modalities=("text",))], Channel.THIS_PAGE, ("in_person",)),
        (Channel.PHONE, [MEETS_ALONE, PHONE_ALONE], Channel.PHONE, ()),
        (Channel.PHONE, [MEETS_ALONE], Channel.THIS_PAGE, ("phone",)),
        (Channel.THIS_PAGE, [MEETS_ALONE], Channel.THIS_PAGE, ()),
    ],
)
def test_where_nobody_talks_that_way_the_next_best_is_asked_for_and_told(
    channel: Channel, words: list[OwnWord], way: Channel, told: tuple[str, ...]
) -> None:
    pool = [ready(word=word) for word in words]
    found = settled(pool, Ask(channel=channel), NOW)
    assert found.talks is way
    assert unmet(ranked(pool, found, NOW), found) == told


@pytest.mark.parametrize(
    ("channel", "is_unmet", "is_remote_only", "way"),
    [
        ("in_person", False, False, "in_person"),
        ("in_person", True, False, "phone"),
        ("in_person", False, True, "phone"),
        ("phone", False, True, "phone"),
        ("phone", True, False, "this_page"),
        ("this_page", False, True, "this_page"),
    ],
)
def test_the_two_are_told_one_way(channel: str, is_unmet: bool, is_remote_only: bool, way: str) -> None:
    codes = ("woman", channel) if is_unmet else ("woman",)
    assert way_to_talk(channel, codes, is_remote_only=is_remote_only) == way


@given(pools, asks)
def test_the_record_tells_neither_the_way_nor_how_far_the_center_is(pool: list[Candidate], ask: Ask) -> None:
    elsewhere = [one._replace(is_same_county=True, drive_minutes=None) for one in pool]
    for channel in Channel:
        assert record(elsewhere, replace(ask, channel=channel, way=channel), NOW) == record(pool, ask, NOW)
