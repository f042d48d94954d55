"""Who is on duty when, in every zone of the United States and over every change of its clocks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.peer.shifts import rules
from libs.peer.shifts.models import Origin, Unit
from libs.peer.shifts.rules import Duty, Instead, Layer, Period, Plan, SignedUp, expand
from tests.verify import record

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"),
    *("America/Adak", "Pacific/Honolulu", "America/Phoenix", "America/Puerto_Rico", "Pacific/Guam"),
    *("Pacific/Pago_Pago", "America/Indiana/Indianapolis", "America/Indiana/Knox", "America/Indiana/Tell_City"),
    *("America/Kentucky/Louisville", "America/Detroit", "America/Boise", "America/Juneau", "America/Nome"),
    *("America/North_Dakota/Center", "America/Menominee", "America/St_Thomas", "Pacific/Saipan", "America/Shiprock"),
)
"""America/Shiprock is the Navajo Nation, which changes its clocks inside Arizona, which does not."""
ANA, BEN, CLEO, DEV = (UUID(int=number) for number in range(1, 5))
LAYER, OTHER = UUID(int=100), UUID(int=101)
CHICAGO = "America/Chicago"
walked = settings(max_examples=record.size(5_000, 40))
TURNS = ((Unit.DAY, 1), (Unit.HOUR, 12), (Unit.DAY, 7), (Unit.HOUR, 5))[: record.size(4, 2)]
HAND_OVERS = (time(2, 30), time(1, 30), time(0), time(2), time(3), time(18))[: record.size(6, 2)]

people = st.lists(st.sampled_from((ANA, BEN, CLEO, DEV)), min_size=1, max_size=6).map(tuple)
minutes_of_day = st.integers(0, 24 * 60 - 1).map(lambda number: time(*divmod(number, 60)))
around_a_change = st.one_of(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    *(st.just(date(2026, 3, day)) for day in range(5, 11)),
    *(st.just(date(2026, 10, day)) for day in range(29, 32)),
    *(st.just(date(2026, 11, day)) for day in range(1, 4)),
)
turns = st.one_of(
    st.tuples(st.integers(2, 100), st.just(Unit.HOUR)),
    st.tuples(st.integers(1, 30), st.just(Unit.DAY)),
    st.sampled_from(((1, Unit.DAY), (7, Unit.DAY), (12, Unit.HOUR), (8, Unit.HOUR))),
)


@st.composite
def layers(draw: st.DrawFn, *, gapless: bool = False) -> Layer:
    turn, unit = draw(turns)
    made = Layer(
        id=draw(st.sampled_from((LAYER, OTHER))) if not gapless else LAYER,
        people=draw(people),
        zone=draw(st.sampled_from(ZONES)),
        starts_on=draw(around_a_change),
        hand_over=draw(minutes_of_day),
        turn=turn,
        unit=unit,
    )
    if gapless:
        return made
    length = draw(st.none() | st.integers(1, 60))
    return replace(
        made,
        ends_on=None if length is None else made.starts_on + timedelta(length),
        daily=draw(st.none() | st.tuples(minutes_of_day, minutes_of_day)),
        weekdays=frozenset(draw(st.sets(st.integers(1, 7), min_size=1))),
        is_temporary=length is not None and draw(st.booleans()),
        leaves_open=draw(st.booleans()),
    )


instants = st.integers(0, 315 * 24 * 60).map(
    lambda minutes: datetime(2026, 2, 20, tzinfo=UTC) + timedelta(minutes=minutes)
)


@st.composite
def periods(draw: st.DrawFn, *, longest: int = 40) -> Period:
    begin = draw(instants)
    return Period(begin, begin + timedelta(minutes=draw(st.integers(30, longest * 24 * 60))))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    given = draw(st.lists(layers(), max_size=3, unique_by=lambda layer: layer.id))
    return Plan(
        layers=tuple(given),
        sign_ups=tuple(
            SignedUp(UUID(int=200 + number), draw(st.sampled_from((ANA, BEN))), draw(periods(longest=2)))
            for number in range(draw(st.integers(0, 2)))
        ),
        instead=tuple(
            Instead(
                draw(st.sampled_from((LAYER, OTHER, UUID(int=200)))),
                draw(st.sampled_from((CLEO, DEV))),
                draw(periods(longest=9)),
                instead_of=draw(st.sampled_from((None, ANA, BEN))),
                is_swap=draw(st.booleans()),
            )
            for _ in range(draw(st.integers(0, 3)))
        ),
        away={one: tuple(draw(st.lists(periods(longest=9), max_size=2))) for one in (ANA, BEN, CLEO)},
    )


def of_layer(duties: tuple[Duty, ...], layer_id: UUID) -> list[Duty]:
    return [duty for duty in duties if duty.layer_id == layer_id]


@pytest.mark.parametrize("zone", ZONES)
def test_a_gapless_rotation_covers_every_instant_around_both_changes_with_exactly_one(zone: str) -> None:
    for unit, turn, hand_over in [(*unit_turn, hand_over) for unit_turn in TURNS for hand_over in HAND_OVERS]:
        layer = Layer(LAYER, (ANA, BEN, CLEO), zone, date(2026, 1, 1), hand_over, turn, unit)
        for begin in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
            month = Period(begin, begin + timedelta(days=record.size(120, 20)))
            found = expand(Plan((layer,)), month)
            assert found[0].period.starts_at <= month.starts_at
            assert found[-1].period.ends_at >= month.ends_at
            for one, after in pairwise(found):
                assert one.period.ends_at == after.period.starts_at
                assert one.peer_id != after.peer_id
            if unit is Unit.DAY:
                hand_over_stays_in_place(found, zone, hand_over)


def hand_over_stays_in_place(found: tuple[Duty, ...], zone: str, hand_over: time) -> None:
    """By the clock on the wall; in the one night that has no such time, an hour later."""
    begins = [duty.period.starts_at.astimezone(ZoneInfo(zone)) for duty in found]
    off = [moment for moment in begins if (moment.hour, moment.minute) != (hand_over.hour, hand_over.minute)]
    assert len(off) <= 1
    assert all((moment.hour - 1, moment.minute) == (hand_over.hour, hand_over.minute) for moment in off)


@walked
@given(layer=layers(gapless=True), window=periods())
def test_whatever_the_turns_nothing_is_left_out_and_nothing_twice(layer: Layer, window: Period) -> None:
    found = rules.clipped(expand(Plan((layer,)), window), window)
    expected = layer.in_force.meet(window)
    if expected is None:
        assert found == ()
        return
    assert (found[0].period.starts_at, found[-1].period.ends_at) == (expected.starts_at, expected.ends_at)
    assert all(one.period.ends_at == after.period.starts_at for one, after in pairwise(found))


@walked
@given(plan=plans(), window=periods())
def test_no_layer_overlaps_itself_and_nobody_is_on_duty_while_away(plan: Plan, window: Period) -> None:
    found = expand(plan, window)
    for layer_id in {duty.layer_id for duty in found}:
        mine = of_layer(found, layer_id)
        assert all(one.period.ends_at <= after.period.starts_at for one, after in pairwise(mine))
    for duty in found:
        assert duty.period.starts_at < duty.period.ends_at
        assert not any(gone.overlaps(duty.period) for gone in plan.away.get(duty.peer_id, ()))


@walked
@given(plan=plans(), window=periods(), longer=st.integers(0, 60), later=st.integers(0, 60))
def test_the_window_changes_nothing_but_how_much_is_seen(plan: Plan, window: Period, longer: int, later: int) -> None:
    wide = Period(window.starts_at - timedelta(longer), window.ends_at + timedelta(later))
    assert expand(plan, window) == tuple(duty for duty in expand(plan, wide) if duty.period.overlaps(window))


def test_somebody_put_on_a_temporary_layer_before_it_begins_is_on_duty_however_narrow_the_look() -> None:
    """Found by the property above."""
    layer = Layer(UUID(int=100), (ANA,), "UTC", date(2026, 3, 5), time(0), ends_on=date(2026, 3, 6), is_temporary=True)
    night = Period(datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 2, 20, 1, tzinfo=UTC))
    plan = Plan(layers=(layer,), instead=(Instead(layer.id, BEN, night),))
    assert [duty.peer_id for duty in expand(plan, night)] == [BEN]


@walked
@given(plan=plans(), window=periods())
def test_a_hole_in_a_layer_is_one_that_the_plan_means(plan: Plan, window: Period) -> None:
    """Nobody is on duty only where no layer has hours, everybody is away, or a temporary one leaves it open."""
    found = [duty.period for duty in expand(plan, window)]
    meant = [
        period
        for layer in plan.layers
        for period in (*window.without([layer.in_force]), *rules.nobody_there(plan, window))
    ]
    for layer in plan.layers:
        always = layer.daily is None and layer.weekdays == rules.EVERY_DAY
        if always and not layer.is_temporary and not any(one.leaves_open for one in plan.layers if one.is_temporary):
            for hole in window.without(found):
                inside = hole.meet(layer.in_force)
                assert inside is None or list(inside.without(meant)) == []


def test_twelve_hours_of_the_night_on_which_clocks_go_back_are_thirteen() -> None:
    layer = Layer(LAYER, (ANA, BEN), CHICAGO, date(2026, 10, 31), time(18), 12, Unit.HOUR)
    night = Period(datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    lengths = [duty.period.ends_at - duty.period.starts_at for duty in expand(Plan((layer,)), night)]
    assert lengths[:2] == [timedelta(hours=13), timedelta(hours=12)]


def test_a_hand_over_that_the_spring_change_skips_is_an_hour_later_that_night_alone() -> None:
    layer = Layer(LAYER, (ANA, BEN), CHICAGO, date(2026, 3, 6), time(2, 30))
    week = Period(datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
    begins = [duty.period.starts_at.astimezone(ZoneInfo(CHICAGO)) for duty in expand(Plan((layer,)), week)]
    assert [(moment.day, moment.hour, moment.minute) for moment in begins] == [
        *((6, 2, 30), (7, 2, 30), (8, 3, 30), (9, 2, 30), (10, 2, 30)),
    ]


def test_nights_and_days_meet_without_a_hole_whatever_the_clocks_do() -> None:
    nights = Layer(LAYER, (ANA, BEN), CHICAGO, date(2026, 1, 1), time(2), 7, daily=(time(14), time(2)))
    days = Layer(OTHER, (CLEO, DEV), CHICAGO, date(2026, 1, 1), time(2), 7, daily=(time(2), time(14)))
    year = Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
    assert list(year.without([duty.period for duty in expand(Plan((nights, days)), year)])) == []


def test_weekends_alone() -> None:
    layer = Layer(LAYER, (ANA, BEN), CHICAGO, date(2026, 11, 2), time(8), 7, weekdays=frozenset({6, 7}))
    month = Period(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    found = [(duty.peer_id, duty.period.starts_at.isoweekday(), duty.period) for duty in expand(Plan((layer,)), month)]
    assert [(peer, day) for peer, day, _ in found] == [(ANA, 6), (BEN, 6), (ANA, 6)]
    assert {period.ends_at - period.starts_at for _, _, period in found} == {timedelta(days=2)}


def test_whoever_is_away_is_stood_in_for_and_nobody_elses_turn_moves() -> None:
    layer = Layer(LAYER, (ANA, BEN, CLEO), "UTC", date(2026, 6, 1), time(8), 7)
    june = Period(datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 22, 8, tzinfo=UTC))
    gone = Period(datetime(2026, 6, 3, tzinfo=UTC), datetime(2026, 6, 5, tzinfo=UTC))
    found = expand(Plan((layer,), away={ANA: (gone,)}), june)
    assert [(duty.peer_id, duty.origin) for duty in found] == [
        (ANA, Origin.ROTATION),
        (BEN, Origin.STAND_IN),
        (ANA, Origin.ROTATION),
        (BEN, Origin.ROTATION),
        (CLEO, Origin.ROTATION),
    ]
    assert found[1].period == gone


def test_hours_that_a_temporary_schedule_leaves_out_stay_with_the_usual_people() -> None:
    usual = Layer(LAYER, (ANA,), "UTC", date(2026, 11, 1), time(8), 7)
    holiday = Layer(
        *(OTHER, (BEN,), "UTC", date(2026, 11, 26), time(8)),
        ends_on=date(2026, 11, 27),
        daily=(time(8), time(20)),
        is_temporary=True,
    )
    day = Period(datetime(2026, 11, 26, 8, tzinfo=UTC), datetime(2026, 11, 27, 8, tzinfo=UTC))
    found = rules.clipped(expand(Plan((usual, holiday)), day), day)
    assert [(duty.peer_id, duty.period.starts_at.hour) for duty in found] == [(BEN, 8), (ANA, 20)]
    open_night = replace(holiday, leaves_open=True)
    assert [duty.peer_id for duty in rules.clipped(expand(Plan((usual, open_night)), day), day)] == [BEN]


def test_a_swap_gives_the_askers_part_alone_and_the_later_word_counts() -> None:
    layer = Layer(LAYER, (ANA, BEN), "UTC", date(2026, 6, 1), time(8), 1)
    two_days = Period(datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 3, 8, tzinfo=UTC))
    swap = Instead(LAYER, CLEO, two_days, instead_of=ANA, is_swap=True)
    found = expand(Plan((layer,), instead=(swap,)), two_days)
    assert [(duty.peer_id, duty.origin) for duty in found] == [(CLEO, Origin.SWAP), (BEN, Origin.ROTATION)]
    on = Instead(LAYER, DEV, two_days, instead_of=CLEO, is_swap=True)
    assert expand(Plan((layer,), instead=(swap, on)), two_days)[0].peer_id == DEV


def test_an_override_covers_its_time_even_where_nobody_was_planned() -> None:
    layer = Layer(LAYER, (ANA,), "UTC", date(2026, 6, 1), time(8), 1, daily=(time(8), time(20)))
    night = Period(datetime(2026, 6, 1, 18, tzinfo=UTC), datetime(2026, 6, 2, 6, tzinfo=UTC))
    found = expand(Plan((layer,), instead=(Instead(LAYER, BEN, night),)), night)
    assert [(duty.peer_id, duty.period) for duty in found if duty.peer_id == BEN] == [(BEN, night)]


def test_a_rotation_without_people_has_nobody_on_duty() -> None:
    layer = Layer(LAYER, (), "UTC", date(2026, 6, 1), time(8))
    assert expand(Plan((layer,)), Period(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))) == ()


def test_no_such_zone_is_said() -> None:
    with pytest.raises(ValueError, match="Nowhere"):
        rules.instant("Nowhere/At_All", date(2026, 1, 1), 0)
    assert rules.instant(CHICAGO, date(2026, 1, 1), 0) == datetime(2026, 1, 1, 6, tzinfo=UTC)
