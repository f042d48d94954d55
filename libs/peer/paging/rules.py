"""How paging goes on: which step of the policy comes next, and whom it asks. Plain values in, plain values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from libs.peer.policies.models import Policy, Step, Who

LEAST_ALONE = timedelta(seconds=10)
"""What is left of the own center's time counts for nothing when it is less: nobody answers in it.

Source: docs/decisions/0040-in-house-teams.md
"""
LEADS_FIRST = Step(who=(Who.COORDINATORS,), answer_within_s=120)
"""What is taken before the policy's own steps: in a flood, and after the third yes without contact.

Source: design, section 5 "Flood"; docs/decisions/0012-flood.md
"""

ROLE_OF = {Who.COORDINATORS: "coordinator", Who.DEPUTIES: "deputy", Who.CLINICIANS: "clinician"}


@dataclass(frozen=True, slots=True)
class People:
    """Who could be asked at this moment; all of them hold a copy.

    Attributes:
        peers: who can be asked, the best first.
        silent: who was asked in this round, said nothing and can be asked again, the best first.
        roles: who can be asked by role, the one asked longest ago first.
    """

    peers: Sequence[UUID] = ()
    silent: Sequence[UUID] = ()
    roles: Mapping[str, Sequence[UUID]] = field(default_factory=dict)

    def of(self, who: Who) -> Sequence[UUID]:
        """Return those whom a policy means by `who`; a partner region is not there until there are exchanges."""
        if who in ROLE_OF:
            return self.roles.get(ROLE_OF[who], ())
        everybody = [*self.peers, *self.silent]
        return {Who.PEERS: self.peers, Who.EVERYBODY: everybody}.get(who, ())


@dataclass(frozen=True, slots=True)
class Wave:
    """Whom to ask now.

    Attributes:
        step: its place in the policy; `step_waves` counts this wave, too.
        asks: what is told: whom the wave asks.
        pool: peers to choose `at_once` of, the best first.
        others: everybody else whom it asks.
        skipped: who was not there in this step or in those passed on the way.
    """

    step: int
    step_waves: int
    asks: tuple[Who, ...]
    pool: tuple[UUID, ...]
    at_once: int
    others: tuple[UUID, ...]
    skipped: tuple[Who, ...]
    how: Step

    @property
    def is_leads(self) -> bool:
        """Whether a coordinator is asked, or should have been."""
        return Who.COORDINATORS in (*self.asks, *self.skipped)


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """No step of the policy has anybody left to ask."""

    skipped: tuple[Who, ...]


def needs_roles(policy: Policy, step: int, step_waves: int, *, has_peers: bool) -> bool:
    """Say whether `next_wave` has to know more than who can be asked as a peer."""
    steps = policy.to_the_end
    at = step + 1 if 0 < steps[min(step, len(steps) - 1)].waves <= step_waves else step
    return not has_peers or at >= len(policy.steps) or steps[at].who != (Who.PEERS,)


def next_wave(policy: Policy, step: int, step_waves: int, people: People) -> Wave | NobodyLeft:
    """Choose the next wave: the same step again while it has waves left, else the first one in which there is anybody.

    Args:
        policy: of the callout.
        step: place of the step that was taken last, 0 at the beginning of a round.
        step_waves: how often it was taken.
        people: who could be asked now.

    Returns:
        A wave that asks at least one person, or that nobody is left. A step without anybody costs no time: it is
        passed, and who was not there is told. Before nobody is left whoever leads is asked, if they can be; of those
        whom the policy's own steps name it was told there whether they were.

    Source: docs/decisions/0015-paging-and-never-ghosted.md
    """
    skipped: list[Who] = []
    named = {who for each in policy.steps for who in each.who}
    for place, how in enumerate(policy.to_the_end[step:], start=step):
        taken, is_end = step_waves if place == step else 0, place == len(policy.steps)
        if 0 < how.waves <= taken:
            continue
        there = tuple(who for who in how.who if people.of(who))
        if not taken:
            skipped += [who for who in how.who if who not in there and not (is_end and who in named)]
        if there:
            return _wave(place, taken + 1, there, tuple(skipped), how, people)
    return NobodyLeft(tuple(dict.fromkeys(skipped)))


def leads_first(people: People, *, most: int | None = None) -> Wave | None:
    """Choose the coordinators' own wave before the policy's first step; None where there is none to ask."""
    leads = tuple(people.of(Who.COORDINATORS))[:most]
    return Wave(0, 0, (Who.COORDINATORS,), (), 0, leads, (), LEADS_FIRST) if leads else None


def _wave(
    place: int, step_waves: int, there: tuple[Who, ...], skipped: tuple[Who, ...], how: Step, people: People
) -> Wave:
    others = dict.fromkeys(peer for who in there if who in ROLE_OF for peer in people.of(who))
    pool, at_once = (people.of(Who.PEERS), how.at_once) if Who.PEERS in there else ((), 0)
    if Who.EVERYBODY in there:
        pool = people.of(Who.EVERYBODY)
        at_once = len(pool)
    pool = tuple(peer for peer in pool if peer not in others)
    return Wave(place, step_waves, there, pool, at_once, tuple(others), tuple(dict.fromkeys(skipped)), how)
