"""Whom to ask, and why not the others: pure functions, so that they can be proved and explained.

Hard rules come first (`what_keeps`): whoever is kept back is never asked, whatever is wished. Of those who are left,
wishes decide before fairness does (`ranked`); a wish that nobody can keep falls back to the others, and the requester
is told (`unmet`). The record of a decision (`record`) counts the whole team by reason, holders of a copy or not, so
that it says nothing of whom the requester left out.

Source: design, section 3 "Match"; docs/decisions/0014-people-and-matching.md
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from libs.peer.callouts.models import CenterWish, Channel, Urgency, Wish
from libs.peer.limits import rules as limits
from libs.peer.limits.models import Gender
from libs.peer.limits.rules import OwnWord
from libs.peer.matching import law
from libs.peer.teams import rules as teams
from libs.peer.teams.models import TeamKind

A_CALL_LASTS = timedelta(hours=2)
"""How long a peer who is talking is asked nothing else, unless the requester closes before."""
NOT_NOW_HOLDS = timedelta(hours=8)
"""How long "not now" keeps a peer from the same callout: the rest of a shift."""
SILENCE_HOLDS = timedelta(minutes=30)
"""How long an offer that ran out keeps a peer from the same callout: asleep then, perhaps awake later."""
A_DAY = timedelta(hours=24)
LOAD_OVER = timedelta(days=30)
"""Over which time a peer's load is looked at."""

REASONS = (
    "suspended",
    "training",
    "law",
    "off_call",
    "away",
    "not_for_team",
    "unreachable",
    "busy",
    "caseload",
    "fatigue",
    "cooling_down",
    "quiet_hours",
)
"""Everything that may keep a peer from being asked, as the peer, the coordinator and the record read it."""
_NOT_TOLD = ("modality", "reach", "no_copy", "asked")
"""What follows from the requester or from this callout alone: decides, and is in no record."""
_ENOUGH = frozenset({"busy", "caseload", "fatigue", "cooling_down"})

# Made for the whole team at each ask: a tuple takes a sixth of the time of a frozen dataclass.


class Load(NamedTuple):
    """What a peer carries.

    Attributes:
        is_busy: has an open offer, a callout to answer for, or a call that goes on.
        open_contacts: accepted, and not ended.
        accepts: yeses within A_DAY, also those that came to nothing; and talks without a request that weigh.
        contacts: callouts accepted within LOAD_OVER.
        last_asked_at: when last offered anything; None for never, or longer ago than LOAD_OVER; as last_contact_at.
    """

    is_busy: bool = False
    open_contacts: int = 0
    accepts: int = 0
    contacts: int = 0
    last_asked_at: datetime | None = None
    last_contact_at: datetime | None = None


class Call(NamedTuple):
    """Whether a peer is on call.

    Attributes:
        said: own word, None when nothing was ever said; said_at: since when.
        duty_since: start of the shift that runs now; None when off duty; duty_until: its end.
        away_until: end of a time away that runs now.
    """

    said: bool | None = None
    said_at: datetime | None = None
    duty_since: datetime | None = None
    duty_until: datetime | None = None
    away_until: datetime | None = None

    @property
    def is_on(self) -> bool:
        """Whether on call: by own word, or by a shift unless "not now" was said since it began."""
        if self.said:
            return True
        has_said_no = self.said is False and self.said_at is not None
        return self.duty_since is not None and not (has_said_no and self.said_at >= self.duty_since)  # type: ignore[operator]  # not None: has_said_no


class Candidate(NamedTuple):
    """A member of the team that is asked, as the decision sees one.

    Attributes:
        team: which team that is.
        agency_id: the peer's own agency; state: that agency's, two letters.
        holds_copy: may be asked as a peer at all.
        was_asked: for this callout, and what became of it still holds.
        designated_on: in the team that is asked; as lapses_on.
        modules: areas that the peer was trained in and that have not lapsed.
        is_suspended: by the program's word.
        today: the day in the region, which decides what is in date.
        languages: BCP 47 tags that the peer speaks.
        is_helping: has not taken oneself out of this team.
        verified: proven channels over which the region pages; seen_at: when a page of theirs was open last.
        cools_until: rest after a heavy conversation.
        zone: IANA name of the own clock.
        is_same_county: works in the county of the requester's center; None when not known.
        drive_minutes: from one center to the other, as the region has entered it; None when it has not.
    """

    peer_id: UUID
    team: str
    agency_id: UUID
    state: str
    holds_copy: bool
    was_asked: bool
    designated_on: date | None
    lapses_on: date | None
    training_hours: int
    modules: Sequence[str]
    is_suspended: bool
    today: date
    is_coordinator: bool = False
    discipline: str = "dispatch"
    languages: Sequence[str] = ()
    is_helping: bool = True
    verified: Collection[str] = ("mail",)
    seen_at: datetime | None = None
    cools_until: datetime | None = None
    zone: str = "UTC"
    is_same_county: bool | None = None
    drive_minutes: int | None = None
    call: Call = Call()
    load: Load = Load()
    word: OwnWord = limits.UNSAID
    policy: limits.Policy = limits.POLICY

    @property
    def distance(self) -> float:
        """Minutes of drive to the requester's center: none within the county, infinitely many when not known."""
        if self.is_same_county:
            return 0
        return math.inf if self.drive_minutes is None else self.drive_minutes

    @property
    def is_too_far(self) -> bool:
        """Whether it is farther than this peer drives; what is not known is not, but for who stays in their county."""
        reach = self.policy.near_minutes if self.word.reach_minutes is None else self.word.reach_minutes
        stays = not reach and self.is_same_county is False
        return stays or reach < self.distance < math.inf


@dataclass(frozen=True, slots=True)
class Ask:
    """What is looked for, as dispatch knows it.

    Attributes:
        wish: OWN prefers the own center and falls back to the others; the other wishes do not rank.
        own_agency: the requester's, None when it is no tenant; state: that agency's, None when not known.
        language: whoever speaks it comes before whoever does not; a talk in another one is better than none.
        channel: how to talk, within the limits of whoever let it in.
        way: how whoever is asked next is to talk, see `narrowing.settled`; None until that is looked at: as `channel`.
        wishes: out of a list, see callouts.models.Wish.
        asked_on: the day of the asking, in the region.
    """

    wish: CenterWish = CenterWish.ANOTHER
    own_agency: UUID | None = None
    language: str = "en"
    urgency: Urgency = Urgency.TODAY
    channel: Channel = Channel.THIS_PAGE
    way: Channel | None = None
    wishes: Collection[str] = ()
    asked_on: date | None = None
    state: str | None = None

    @property
    def talks(self) -> Channel:
        """How whoever is asked is to talk."""
        return self.way or self.channel


class Kept(NamedTuple):
    """What keeps a peer from being asked, and until when, where that is known."""

    reason: str
    until: datetime | None = None


def what_keeps(one: Candidate, ask: Ask, now: datetime) -> tuple[Kept, ...]:
    """Say everything that keeps a peer from being asked for this; empty when they can be asked.

    Args:
        one: a member of the team.
        ask: what is looked for.
        now: aware.

    Returns:
        Reasons out of REASONS, in that order, then `modality`, `reach`, `no_copy` and `asked`.
    """
    return tuple(_whatever_keeps(one, ask, now))


def can_be_asked(one: Candidate, ask: Ask, now: datetime) -> bool:
    """Say whether a peer gets this offer now: nothing keeps them from it."""
    return one.holds_copy and not one.was_asked and not any(_whatever_keeps(one, ask, now))


def carries_enough(one: Candidate, ask: Ask, now: datetime) -> bool:
    """Say whether somebody has, or has had, as much as they can carry, on call or not."""
    return any(kept.reason in _ENOUGH for kept in _by_load(one, ask, now))


def _whatever_keeps(one: Candidate, ask: Ask, now: datetime) -> Iterable[Kept]:
    yield from _by_program(one, ask)
    yield from _by_own_word(one, ask, now)
    yield from _by_load(one, ask, now)
    if ask.talks is not Channel.THIS_PAGE and ask.talks.value not in one.word.modalities:
        yield Kept("modality")
    if ask.talks is Channel.IN_PERSON and one.is_too_far:
        yield Kept("reach")
    if not one.holds_copy:
        yield Kept("no_copy")
    if one.was_asked:
        yield Kept("asked")


def _by_program(one: Candidate, ask: Ask) -> Iterable[Kept]:
    missing = teams.what_is_missing(
        designated_on=one.designated_on,
        lapses_on=one.lapses_on,
        training_hours=one.training_hours,
        modules=one.modules,
        today=one.today,
    )
    if one.is_suspended:
        yield Kept("suspended")
    if missing:
        yield Kept("training")
    elif not _is_lawful(one, ask):
        yield Kept("law")


def _is_lawful(one: Candidate, ask: Ask) -> bool:
    """Whether both states' law packs let this peer be sent: the requester's, and the peer's own."""
    asked_on = ask.asked_on
    is_too_new = asked_on is not None and (one.designated_on is None or one.designated_on >= asked_on)
    is_colleague_unwished = ask.wish is not CenterWish.OWN and one.agency_id == ask.own_agency
    if not is_too_new and not is_colleague_unwished:
        return True  # whatever the states say; of nearly everybody, so nothing is looked up for them
    return not any(
        (is_too_new and pack.designated_before_incident)
        or (is_colleague_unwished and pack.drops_where_witness_or_party)
        for pack in (law.pack(ask.state), law.pack(one.state))
    )


def _by_own_word(one: Candidate, ask: Ask, now: datetime) -> Iterable[Kept]:
    if not one.call.is_on:
        yield Kept("off_call")
    if one.call.away_until is not None:
        yield Kept("away", one.call.away_until)
    if not one.is_helping:
        yield Kept("not_for_team")
    if not limits.is_reachable(one.verified, one.seen_at, ask.urgency, now):
        yield Kept("unreachable")


def _by_load(one: Candidate, ask: Ask, now: datetime) -> Iterable[Kept]:
    word, policy, load = one.word, one.policy, one.load
    if load.is_busy:
        yield Kept("busy")
    if load.open_contacts >= min(policy.caseload, word.caseload or policy.caseload):
        yield Kept("caseload")
    if load.accepts >= min(policy.accepts_a_day, word.accepts_a_day or policy.accepts_a_day):
        yield Kept("fatigue")
    if one.cools_until is not None and one.cools_until > now:
        yield Kept("cooling_down", one.cools_until)
    quiet = limits.quiet_ends(word, one.zone, now)
    if quiet is not None and not (word.wakes_for_now and ask.urgency is Urgency.NOW):
        yield Kept("quiet_hours", quiet)


_Of = Callable[[Candidate, Ask], bool]
_WISHES: Mapping[str, tuple[Callable[[Ask], bool], _Of]] = {
    # Kept by all of a wave, or by nobody of it.
    Channel.IN_PERSON: (lambda ask: ask.channel is Channel.IN_PERSON, lambda _, ask: ask.talks is Channel.IN_PERSON),
    Channel.PHONE: (lambda ask: ask.channel is Channel.PHONE, lambda _, ask: ask.talks is Channel.PHONE),
    "center": (lambda ask: ask.wish is CenterWish.OWN, lambda one, ask: one.agency_id == ask.own_agency),
    "language": (lambda _ask: True, lambda one, ask: ask.language in one.languages),
    Wish.WOMAN: (lambda ask: _wishes_one(ask, Wish.WOMAN, Wish.MAN), lambda one, _: one.word.gender == Gender.WOMAN),
    Wish.MAN: (lambda ask: _wishes_one(ask, Wish.MAN, Wish.WOMAN), lambda one, _: one.word.gender == Gender.MAN),
    Wish.KNOWS_CALLS: (lambda ask: Wish.KNOWS_CALLS in ask.wishes, lambda one, _ask: one.word.knows_calls),
    "discipline": (lambda ask: bool(_disciplines(ask)), lambda one, ask: one.discipline in _disciplines(ask)),
}
"""Every wish, the one that weighs most first: whether it is wished, and whether a peer keeps it."""


def _wishes_one(ask: Ask, this: Wish, other: Wish) -> bool:
    """Whether this is wished and not the other, too: whoever wishes for either wishes for neither."""
    return this in ask.wishes and other not in ask.wishes


def _disciplines(ask: Ask) -> tuple[str, ...]:
    return tuple(wish.removeprefix("of_") for wish in ask.wishes if wish.startswith("of_"))


def wishes_not_kept(one: Candidate, ask: Ask) -> tuple[str, ...]:
    """Return the wishes that this peer would not keep, the one that weighs most first."""
    return tuple(str(name) for name, keeps in _wished(ask).items() if not keeps(one, ask))


def _wished(ask: Ask) -> Mapping[str, _Of]:
    return {name: keeps for name, (is_wished, keeps) in _WISHES.items() if is_wished(ask)}


def unmet(chosen: Collection[Candidate], ask: Ask) -> tuple[str, ...]:
    """Return the wishes that nobody of a wave keeps: what the requester is told. Empty for an empty wave."""
    if not chosen:
        return ()
    kept = [set(wishes_not_kept(one, ask)) for one in chosen]
    return tuple(name for name in map(str, _WISHES) if all(name in missing for missing in kept))


def ranked(candidates: Iterable[Candidate], ask: Ask, now: datetime) -> list[Candidate]:
    """Return those who can be asked, the best first.

    Args:
        candidates: of the team, any order, holders of a copy or not; may be empty; somebody in two teams is there
            twice, and asked once.
        ask: what is looked for.
        now: aware.

    Returns:
        By wishes (the weightiest first); to meet, by the way there: the same county, then by minutes, then whose is not
        known; then for `now` those on duty, then by the day of the last contact (longest ago
        first, never before anybody), by contacts in LOAD_OVER, by when they were last asked; ties break on id. Empty
        means nobody is left and the coordinator steps in.

    Source: design, section 3 "Match"
    """
    wishes = _wished(ask).values()

    def rank(one: Candidate) -> tuple[object, ...]:
        load = one.load
        return (
            *[not keeps(one, ask) for keeps in wishes],
            one.distance if ask.talks is Channel.IN_PERSON else 0,
            ask.urgency is Urgency.NOW and one.call.duty_since is None,
            load.last_contact_at.astimezone(UTC).date() if load.last_contact_at else date.min,
            load.contacts,
            load.last_asked_at.timestamp() if load.last_asked_at else 0.0,
            one.peer_id.int,
        )

    found: dict[UUID, Candidate] = {}
    for one in sorted([one for one in candidates if can_be_asked(one, ask, now)], key=rank):
        found.setdefault(one.peer_id, one)
    return list(found.values())


def record(candidates: Iterable[Candidate], ask: Ask, now: datetime) -> Mapping[str, int]:
    """Count a team by what keeps its members from being asked, for the coordinator.

    The whole team is counted, whoever holds a copy: two requesters who leave out different people, or nobody, give the
    same record, and nothing of the callout's own history is in it. What is wished decides the order alone, and is not
    looked at. The requester's center's in-house team, which is there on their wish, is not counted.

    Returns:
        `pool` (the team), `free` (nothing of REASONS keeps them) and every one of REASONS, each with its number of
        people; somebody who is kept by two counts in both. The keys are always the same.
    """
    # The asking center decides with the law packs alone, and the record does not know it: each by their own state's.
    apart = Ask(urgency=ask.urgency, asked_on=ask.asked_on)
    by_state: dict[str, Ask] = {}
    counts = Counter(dict.fromkeys(("pool", "free", *REASONS), 0))
    for one in candidates:
        if one.team == TeamKind.IN_HOUSE:
            continue
        of_state = by_state.get(one.state) or by_state.setdefault(one.state, replace(apart, state=one.state))
        kept = [each.reason for each in what_keeps(one, of_state, now) if each.reason not in _NOT_TOLD]
        for counted in ("pool", *(kept or ("free",))):
            counts[counted] += 1
    return counts
