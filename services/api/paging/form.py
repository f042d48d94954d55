"""A paging policy as the form shows it, and back: what the form does not show, or nobody touched, stays as it is.

A form knows minutes, and `08:00`; a policy knows seconds, channels and the order of those it asks. A field that comes
back as it was shown is no wish to change anything, and keeps what stands in the policy that was shown.
"""

from dataclasses import dataclass
from datetime import time

from pydantic import ValidationError
from starlette.datastructures import FormData

from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import MOST_STEPS, Hours, Policy, Step, Who

DAYS = tuple(str(day) for day in range(7))
_NO_HEAD_START = "0"
_A_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A step as the form shows it: texts as they are typed. A row in which nobody is ticked is no step."""

    who: tuple[str, ...] = ()
    at_once: str = "1"
    minutes: str = "10"
    pause: str = "0"
    waves: str = "1"


@dataclass(frozen=True, slots=True)
class Fields:
    """The form.

    Attributes:
        rows: MOST_STEPS of them.
        days: 0 is Monday; they, opens and closes count only when `is_within_hours`.
        own_center: minutes that a wish for the own center is its in-house team's alone.
    """

    rows: tuple[Row, ...]
    is_within_hours: bool = False
    days: tuple[str, ...] = DAYS
    opens: str = "08:00"
    closes: str = "20:00"
    own_center: str = _NO_HEAD_START


def shown(policy: Policy) -> Fields:
    """Return the form of a policy."""
    rows = [_row(step) for step in policy.steps]
    rows += [Row()] * (MOST_STEPS - len(rows))
    own_center = _minutes(policy.own_center_s)
    if policy.hours is None:
        return Fields(tuple(rows), own_center=own_center)
    days = tuple(str(day) for day in sorted(policy.hours.days))
    return Fields(tuple(rows), True, days, _face(policy.hours.opens), _face(policy.hours.closes), own_center)


def sent(form: FormData) -> Fields:
    """Read the form as a browser sends it."""

    def typed(name: str, unsaid: str) -> str:
        return str(form.get(name) or unsaid)

    def row(number: int) -> Row:
        fields = (typed(f"{name}_{number}", getattr(_BLANK, name)) for name in ("at_once", "minutes", "pause", "waves"))
        return Row(tuple(str(one) for one in form.getlist(f"who_{number}")), *fields)

    return Fields(
        tuple(row(number) for number in range(1, MOST_STEPS + 1)),
        form.get("hours") == "yes",
        tuple(str(day) for day in form.getlist("days")),
        typed("opens", ""),
        typed("closes", ""),
        typed("own_center", _NO_HEAD_START),
    )


def policy_of(fields: Fields, base: Policy) -> Policy:
    """Return the policy that a form means.

    Args:
        fields: as they were sent.
        base: the policy in force, whose form it was.

    Raises:
        PolicyNotUsableError: a field cannot be read, or what they say cannot work.
    """
    was = shown(base)
    steps = [*base.steps, *[None] * (MOST_STEPS - len(base.steps))]
    try:
        return Policy(
            steps=tuple(
                _step(row, was_row, step)
                for row, was_row, step in zip(fields.rows, was.rows, steps, strict=True)
                if row.who
            ),
            hours=_hours(fields, was, base.hours),
            own_center_s=base.own_center_s if fields.own_center == was.own_center else _seconds(fields.own_center),
        )
    except (ValidationError, ValueError, OverflowError) as error:
        raise PolicyNotUsableError(
            "Name at least one step that asks peers. Times are 0.5 minutes or more, a day opens before it closes, and "
            "hours need a day of the week."
        ) from error


def _step(row: Row, was: Row, base: Step | None) -> Step:
    if base is None:
        base = Step(who=(Who.EVERYBODY,), answer_within_s=round(float(_BLANK.minutes) * _A_MINUTE_S))
        was = _row(base)
    if row == was:
        return base
    who = base.who if set(row.who) == set(was.who) else tuple(Who(one) for one in row.who)
    waves = (int(row.waves) if row.waves != was.waves else base.waves) if Who.PEERS in who else 1
    return Step(
        who=who,
        at_once=int(row.at_once),
        answer_within_s=base.answer_within_s if row.minutes == was.minutes else _seconds(row.minutes),
        pause_s=base.pause_s if row.pause == was.pause else _seconds(row.pause),
        waves=waves,
        channels=base.channels,
    )


def _hours(fields: Fields, was: Fields, base: Hours | None) -> Hours | None:
    if not fields.is_within_hours:
        return None
    return Hours(
        days=frozenset(int(day) for day in fields.days),
        opens=base.opens if base and fields.opens == was.opens else time.fromisoformat(fields.opens),
        closes=base.closes if base and fields.closes == was.closes else time.fromisoformat(fields.closes),
    )


def _row(step: Step) -> Row:
    return Row(
        tuple(step.who),
        str(step.at_once),
        _minutes(step.answer_within_s),
        _minutes(step.pause_s),
        str(step.waves),
    )


def _minutes(seconds: int) -> str:
    return f"{seconds / _A_MINUTE_S:g}"


def _seconds(minutes: str) -> int:
    return round(float(minutes) * _A_MINUTE_S)


def _face(moment: time) -> str:
    return moment.strftime("%H:%M")


_BLANK = Row()
