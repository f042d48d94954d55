"""Which wave comes next: never empty, never anybody who is not there, never stuck, whatever the policy."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from libs.peer.callouts.models import Urgency
from libs.peer.paging import rules
from libs.peer.paging.rules import NobodyLeft, People, Wave
from libs.peer.policies.models import Policy, Step, Who
from libs.peer.policies.rules import DEFAULTS

ROLES = ("coordinator", "deputy", "clinician")


def _id(number: int) -> UUID:
    return UUID(int=number)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    who = tuple(draw(st.lists(st.sampled_from(list(Who)), min_size=1, unique=True)))
    waves = draw(st.integers(0, 4)) if Who.PEERS in who else 1
    return Step(who=who, at_once=draw(st.integers(1, 5)), answer_within_s=60, waves=waves)


POLICIES = st.one_of(
    st.sampled_from(list(DEFAULTS.values())),
    st.lists(steps(), max_size=7).map(
        lambda made: Policy(steps=(*made, Step(who=(Who.PEERS,), answer_within_s=60, waves=0)))
    ),
)
NUMBERS = st.lists(st.integers(1, 40), max_size=12, unique=True)
PEOPLE = st.builds(
    lambda peers, silent, roles: People(
        [_id(one) for one in peers],
        [_id(one) for one in silent if one not in peers],
        {role: [_id(one) for one in found] for role, found in roles.items()},
    ),
    NUMBERS,
    NUMBERS,
    st.dictionaries(st.sampled_from(ROLES), NUMBERS),
)


def asked(wave: Wave) -> set[UUID]:
    return {*wave.pool[: wave.at_once], *wave.others}


@given(POLICIES, PEOPLE, st.integers(0, 7), st.integers(0, 4))
def test_a_wave_asks_somebody_who_is_there_and_passes_only_over_who_is_not(
    policy: Policy, people: People, step: int, step_waves: int
) -> None:
    found = rules.next_wave(policy, step, step_waves, people)
    there = {*people.peers, *people.silent, *(one for each in people.roles.values() for one in each)}
    if isinstance(found, NobodyLeft):
        for place, how in enumerate(policy.steps[step:], step):
            is_over = place == step and 0 < how.waves <= step_waves
            assert is_over or not any(people.of(who) for who in how.who)
        is_past = (step, step_waves) > (len(policy.steps), 0)
        assert is_past or not (people.of(Who.COORDINATORS) or people.of(Who.DEPUTIES))
        return
    assert asked(found)
    assert asked(found) <= there
    assert len(found.pool) == len(set(found.pool))
    assert not set(found.pool) & set(found.others)
    assert (found.step, found.step_waves) > (step, step_waves) or found.step > step
    for who in found.asks:
        assert people.of(who)
    assert Who.PARTNER_REGION not in found.asks


@given(POLICIES, PEOPLE)
def test_whoever_is_silent_the_policy_comes_to_its_end(policy: Policy, people: People) -> None:
    """Nobody ever answers: peers are used up, roles are asked once, and then nobody is left."""
    step = step_waves = 0
    for _ in range(500):
        found = rules.next_wave(policy, step, step_waves, people)
        if isinstance(found, NobodyLeft):
            return
        gone = asked(found)
        people = People(
            [one for one in people.peers if one not in gone],
            (),
            {role: [one for one in each if one not in gone] for role, each in people.roles.items()},
        )
        step, step_waves = found.step, found.step_waves
    raise AssertionError("it goes on for ever")


@given(POLICIES, PEOPLE, st.integers(0, 7), st.integers(0, 4))
def test_roles_are_read_whenever_they_decide(policy: Policy, people: People, step: int, step_waves: int) -> None:
    if rules.needs_roles(policy, step, step_waves, has_peers=bool(people.peers)):
        return
    without = rules.next_wave(policy, step, step_waves, People(people.peers, people.silent))
    assert without == rules.next_wave(policy, step, step_waves, people)


def test_who_is_not_there_is_named_once_in_the_order_of_the_policy() -> None:
    found = rules.next_wave(DEFAULTS[Urgency.NOW], 0, 0, People(roles={"clinician": [_id(7)]}))
    assert isinstance(found, Wave)
    assert (found.asks, found.others) == ((Who.CLINICIANS,), (_id(7),))
    assert found.skipped == (Who.PEERS, Who.COORDINATORS, Who.DEPUTIES)
    assert found.is_leads


def test_a_coordinator_who_is_on_call_as_a_peer_is_asked_once() -> None:
    policy = Policy(steps=(Step(who=(Who.PEERS, Who.COORDINATORS), at_once=3, answer_within_s=60),))
    found = rules.next_wave(policy, 0, 0, People([_id(1), _id(2)], roles={"coordinator": [_id(2), _id(3)]}))
    assert isinstance(found, Wave)
    assert (found.pool, found.others) == ((_id(1),), (_id(2), _id(3)))
