"""What may happen to a deployment, its slots and its invitations, and how long each step may take.

Plain values in, plain values out. The statements in `actions.py`, `answers.py` and `engine.py` take their `WHERE state`
from these tables of moves; the property test walks them on a real database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag

from libs.peer.deployments.models import Answer, DeploymentState, InvitationState, Kind, SlotState

D, S, I = DeploymentState, SlotState, InvitationState  # noqa: E741 - three tables of moves, one letter each

MOVES: dict[str, tuple[frozenset[DeploymentState], DeploymentState]] = {
    "start": (frozenset({D.PROPOSED}), D.FILLING),
    "complete": (frozenset({D.FILLING}), D.READY),
    # A coordinator goes with who has said yes; the other slots are closed.
    "go_with_fewer": (frozenset({D.FILLING}), D.READY),
    # Somebody cannot come after all.
    "refill": (frozenset({D.READY}), D.FILLING),
    "set_out": (frozenset({D.FILLING, D.READY}), D.UNDER_WAY),
    "finish": (frozenset({D.FILLING, D.READY, D.UNDER_WAY}), D.DONE),
    "cancel": (frozenset({D.PROPOSED, D.FILLING, D.READY, D.UNDER_WAY}), D.CANCELLED),
}
SLOT_MOVES: dict[str, tuple[frozenset[SlotState], SlotState]] = {
    "confirm": (frozenset({S.OPEN}), S.CONFIRMED),
    "set_out": (frozenset({S.CONFIRMED}), S.EN_ROUTE),
    "arrive": (frozenset({S.CONFIRMED, S.EN_ROUTE}), S.ON_SCENE),
    "leave": (frozenset({S.ON_SCENE}), S.DONE),
    "drop": (frozenset({S.CONFIRMED, S.EN_ROUTE}), S.OPEN),
    # The deployment is done, and somebody did not tap.
    "finish": (frozenset({S.CONFIRMED, S.EN_ROUTE, S.ON_SCENE}), S.DONE),
    # Fewer go, or it is done without: nobody is looked for any more.
    "leave_empty": (frozenset({S.OPEN}), S.CLOSED),
    # Cancelled.
    "close": (frozenset({S.OPEN, S.CONFIRMED, S.EN_ROUTE, S.ON_SCENE}), S.CLOSED),
}
INVITATION_MOVES: dict[str, tuple[frozenset[InvitationState], InvitationState]] = {
    "pass_over": (frozenset({I.PROPOSED}), I.PASSED_OVER),
    # A reserve is asked again, since the yes may be days old.
    "ask": (frozenset({I.PROPOSED, I.EXPIRED, I.RESERVE}), I.ASKED),
    "ask_by_name": (
        frozenset({I.PROPOSED, I.PASSED_OVER, I.RESERVE, I.DECLINED, I.EXPIRED, I.CALLED_OFF, I.DROPPED}),
        I.ASKED,
    ),
    "accept": (frozenset({I.ASKED, I.DECLINED, I.EXPIRED, I.CALLED_OFF}), I.ACCEPTED),
    # A yes when every slot is taken: kept, with thanks.
    "keep": (frozenset({I.ASKED, I.DECLINED, I.EXPIRED, I.CALLED_OFF}), I.RESERVE),
    "decline": (frozenset({I.ASKED, I.RESERVE}), I.DECLINED),
    "expire": (frozenset({I.ASKED}), I.EXPIRED),
    "call_off": (frozenset({I.PROPOSED, I.ASKED}), I.CALLED_OFF),
    "drop": (frozenset({I.ACCEPTED}), I.DROPPED),
    # Cancelled, or done without the reserves.
    "stand_down": (frozenset({I.ACCEPTED, I.RESERVE}), I.STOOD_DOWN),
}

INVITED = frozenset({I.PROPOSED, I.ASKED, I.RESERVE})
"""Who may still come to be on the team."""

ENDED = frozenset({D.DONE, D.CANCELLED})
ASKS_PEOPLE = frozenset({D.FILLING, D.UNDER_WAY})
"""States in which an open slot means that somebody is asked."""
CAN_SAY_YES = frozenset({D.FILLING, D.READY, D.UNDER_WAY})

START_AFTER = timedelta(hours=1)
"""How long a proposed team waits for a coordinator at most; half of the time that is left where that is less."""
SILENCE_HOLDS = timedelta(hours=2)
"""How long somebody who did not answer is not asked again for the same deployment."""
LOOK_AGAIN = timedelta(hours=1)
"""When nobody is left to ask."""
REPORT_WITHIN = timedelta(hours=12)
"""After its start a deployment is either done or overdue."""
DEBRIEF_WITHIN = timedelta(hours=24)
"""By when a team has talked about it among themselves, after the end."""
OFFER_WITHIN = timedelta(hours=24)
"""By when somebody has said whether one-on-ones were offered, after the end."""
NOTICE_LIVES = timedelta(minutes=30)
"""A notice to coordinators that could not be handed over within this time is not sent any more."""
SOONEST = timedelta(hours=2)
"""How soon a team can be somewhere, when nobody names a time."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when a kind of response makes sense, in hours after the incident."""

    from_hours: int
    until_hours: int


WINDOWS: dict[Kind, Window] = {
    Kind.DEMOBILISATION: Window(0, 8),
    Kind.DEFUSING: Window(0, 12),
    Kind.DEBRIEFING: Window(24, 72),
    Kind.CRISIS_MANAGEMENT_BRIEFING: Window(0, 72),
    Kind.ONE_ON_ONES: Window(0, 240),
    Kind.PFA: Window(0, 72),
}
"""What holds where a region has set nothing else. Source: domain, "Deployment": usual windows, configurable."""


def plan_start(window: Window, happened_at: datetime, now: datetime) -> datetime:
    """Return when a team should come if nobody names a time: as early as the window allows, and a team can be there."""
    return max(now + SOONEST, happened_at + timedelta(hours=window.from_hours))


def warnings(
    window: Window, *, happened_at: datetime, starts_at: datetime, dispatchers_included: str, backfill: str
) -> tuple[str, ...]:
    """Say what is unusual about a deployment. It is never a reason to refuse one.

    Returns:
        Codes: `too_early`, `too_late`, `dispatchers_unknown`, `dispatchers_left_out`, `backfill_unknown`,
        `not_backfilled`; empty when nothing is.
    """
    found = []
    if starts_at < happened_at + timedelta(hours=window.from_hours):
        found.append("too_early")
    if starts_at > happened_at + timedelta(hours=window.until_hours):
        found.append("too_late")
    asked = (("dispatchers", "dispatchers_left_out", dispatchers_included), ("backfill", "not_backfilled", backfill))
    for question, no, answer in asked:
        if answer == Answer.NO:
            found.append(no)
        elif answer != Answer.YES:
            found.append(f"{question}_unknown")
    return tuple(found)


def asks_itself_at(opened_at: datetime, starts_at: datetime) -> datetime:
    """Return when a proposed team is asked as proposed: a path ends in a person or a clock.

    Half of the time until the start is the coordinators' to correct it, an hour at most; the other half is for asking.
    A team that is wanted at once is asked at once.

    Source: docs/decisions/0017-deployments.md
    """
    return opened_at + min(START_AFTER, max(timedelta(), (starts_at - opened_at) / 2))


def reminds_at(opened_at: datetime, starts_at: datetime) -> datetime:
    """Return when the coordinators are told again of a proposed team: half-way to its being asked by itself."""
    return opened_at + (asks_itself_at(opened_at, starts_at) - opened_at) / 2


def asks_itself(opened_at: datetime, starts_at: datetime, now: datetime) -> bool:
    """Say whether a team that is proposed still is to be asked now: its time has come, and its start is not long past.

    Where nothing ran for so long that the start is long past, the coordinators have been told and decide.
    """
    return now >= asks_itself_at(opened_at, starts_at) and not is_long_past(starts_at, now)


def is_long_past(starts_at: datetime, now: datetime) -> bool:
    """Say whether a team should have begun so long ago that nobody would know when to come."""
    return now >= starts_at + REPORT_WITHIN


def may_ask(starts_at: datetime, now: datetime, *, was_anybody_asked: bool) -> bool:
    """Say whether somebody is looked for now: until the start; once after it where nobody has been asked at all.

    Those are asked to come as soon as they can. Whoever else is missing after the start is a person's to decide.
    """
    return now < starts_at or (not was_anybody_asked and not is_long_past(starts_at, now))


def answer_within(now: datetime, starts_at: datetime) -> timedelta:
    """Return how long somebody has to answer: a quarter of an hour when it is soon, four hours when it is days away."""
    left = starts_at - now
    if left <= timedelta(hours=6):
        return timedelta(minutes=15)
    return timedelta(hours=1) if left <= timedelta(hours=24) else timedelta(hours=4)


def answer_by(now: datetime, starts_at: datetime) -> datetime:
    """Return until when somebody who is asked now may answer: not after the start, unless that has passed already."""
    end = now + answer_within(now, starts_at)
    return min(end, starts_at) if starts_at > now else end


def spare(open_slots: int) -> int:
    """Return how many more people than slots are asked at once: half as many again."""
    return (open_slots + 1) // 2


def to_ask(open_slots: int, pending: int) -> int:
    """Return how many more to ask now, less those who have not answered; nobody when no slot is open."""
    return max(0, open_slots + spare(open_slots) - pending) if open_slots else 0


class Telling(IntFlag):
    """What the coordinators are told of, each once; SHORT again after the team was whole in between."""

    OPENED = 1
    REMINDED = 2
    STARTED = 4
    SHORT = 8
    LATE = 16
    UNREPORTED = 32
    DEBRIEF = 64
    OFFER = 128


def to_tell(
    state: DeploymentState,
    *,
    opened_at: datetime,
    starts_at: datetime,
    asked_at: datetime | None,
    is_short: bool,
    debrief_due_at: datetime | None,
    debriefed_at: datetime | None,
    offer_due_at: datetime | None,
    now: datetime,
) -> Telling:
    """Return everything that the coordinators should know by now; what they were told before is the caller's to know.

    Args:
        state: after what was due has been done.
        opened_at: when it was proposed.
        starts_at: when the team should be there.
        asked_at: since when people are asked, by somebody's word or by itself; None while it is proposed.
        is_short: more slots are open than people are being asked.
        debrief_due_at: of a deployment that is done.
        debriefed_at: of the same.
        offer_due_at: by when one-on-ones are offered; None before the end, and once it was said.
        now: instant of the decision.
    """
    is_proposed, is_open = state is D.PROPOSED, state not in ENDED
    was_asked_by_itself = asked_at is not None and asked_at >= asks_itself_at(opened_at, starts_at)
    reasons = (
        (is_proposed, Telling.OPENED),
        (is_proposed and now >= reminds_at(opened_at, starts_at), Telling.REMINDED),
        (state is D.FILLING and was_asked_by_itself, Telling.STARTED),
        (is_short and state in ASKS_PEOPLE, Telling.SHORT),
        (is_open and state is not D.UNDER_WAY and now >= starts_at, Telling.LATE),
        (is_open and now >= starts_at + REPORT_WITHIN, Telling.UNREPORTED),
        (is_debrief_overdue(debrief_due_at, debriefed_at, now), Telling.DEBRIEF),
        (offer_due_at is not None and now >= offer_due_at, Telling.OFFER),
    )
    return Telling(sum(what for is_so, what in reasons if is_so))


def is_late(state: DeploymentState, starts_at: datetime, now: datetime) -> bool:
    """Say whether a team should be there and is not, or should have said that it is done."""
    if state in ENDED:
        return False
    return now > (starts_at + REPORT_WITHIN if state is D.UNDER_WAY else starts_at)


def is_debrief_overdue(due_at: datetime | None, debriefed_at: datetime | None, now: datetime) -> bool:
    """Say whether the team's own talk should have been and was not."""
    return due_at is not None and debriefed_at is None and now >= due_at


def offer_due(state: DeploymentState, ended_at: datetime | None, offered: Answer) -> datetime | None:
    """Return by when somebody says whether one-on-ones were offered; None before the end, and once it was said."""
    is_due = state is D.DONE and ended_at is not None and offered is Answer.UNKNOWN
    return ended_at + OFFER_WITHIN if is_due and ended_at is not None else None


def next_look(
    state: DeploymentState,
    *,
    opened_at: datetime,
    starts_at: datetime,
    debrief_due_at: datetime | None,
    debriefed_at: datetime | None,
    offer_due_at: datetime | None,
    asked_until: datetime | None,
    has_open_slots: bool,
    now: datetime,
) -> datetime | None:
    """Return when the engine looks again: every state has a clock until nothing is left to be done.

    Args:
        state: after what was due has been done.
        opened_at: when it was proposed.
        starts_at: when the team should be there.
        debrief_due_at: of a deployment that is done.
        debriefed_at: of the same.
        offer_due_at: by when one-on-ones are offered; None before the end, and once it was said.
        asked_until: when the next of those who are asked runs out of time; None when nobody is.
        has_open_slots: whether somebody is missing.
        now: instant of the decision.
    """
    if state is D.CANCELLED:
        return None
    if state is D.DONE:
        tasks = (debrief_due_at if debriefed_at is None else None, offer_due_at)
        return min((due for due in tasks if due is not None and due > now), default=None)
    moments = [starts_at, starts_at + REPORT_WITHIN]
    if state is D.PROPOSED:
        moments += [reminds_at(opened_at, starts_at), asks_itself_at(opened_at, starts_at)]
    if state in ASKS_PEOPLE and has_open_slots and now < starts_at:
        moments.append(asked_until or now + LOOK_AGAIN)
    return min((moment for moment in moments if moment > now), default=now + REPORT_WITHIN)
