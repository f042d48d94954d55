"""What a paging policy means on a bad night, and reading one out of a form."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from libs.notify.channels import in_app, mail
from libs.peer.policies import rules
from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import MOST_STEPS, Hours, Policy, Step, Who
from libs.peer.policies.rules import Moment
from libs.tenancy.directory import RegionRef

CHANNELS = (in_app.NAME, mail.NAME)
Moments = tuple[Moment, ...]
_A_SUNDAY, _FOUR = date(2026, 1, 11), time(4)


def moments(policy: Policy, region: RegionRef) -> Moments:
    """Return what happens when somebody asks on a Sunday at 4 a.m. of the region, and nobody answers.

    Always the same Sunday: what a manager reads must change with the policy alone.
    """
    zone = ZoneInfo(region.time_zone)
    return rules.timeline(policy, zone, datetime.combine(_A_SUNDAY, _FOUR, zone))


def insist_on_channels(policy: Policy) -> None:
    """Let a policy pass that names channels that there are.

    Raises:
        PolicyNotUsableError: it names another.
    """
    if any(name not in CHANNELS for step in policy.steps for name in step.channels):
        raise PolicyNotUsableError(f"A channel is one of: {', '.join(CHANNELS)}.")


def of_form(form: Mapping[str, str], who: Mapping[int, tuple[str, ...]]) -> Policy:
    """Read a policy out of the form's fields; a row in which nobody is ticked is none.

    Args:
        form: `minutes_1`, `at_once_1`, `waves_1`, `pause_1` and so on, `hours`, `opens`, `closes`.
        who: what is ticked in each row.

    Raises:
        PolicyNotUsableError: a field cannot be read, or what they say cannot work.
    """
    try:
        steps = tuple(_step(form, row, who[row]) for row in range(1, MOST_STEPS + 1) if who.get(row))
        hours = None
        if form.get("hours") == "yes":
            opens, closes = time.fromisoformat(form["opens"]), time.fromisoformat(form["closes"])
            hours = Hours(days=frozenset(range(7)), opens=opens, closes=closes)
        return Policy(steps=steps, hours=hours)
    except (ValidationError, ValueError, KeyError) as error:
        raise PolicyNotUsableError(
            "Name at least one step that asks peers. Times are 0.5 minutes or more, and a day opens before it closes."
        ) from error


def _step(form: Mapping[str, str], row: int, who: tuple[str, ...]) -> Step:
    return Step(
        who=tuple(Who(one) for one in who),
        at_once=int(form.get(f"at_once_{row}") or 1),
        answer_within_s=round(float(form.get(f"minutes_{row}") or 10) * 60),
        pause_s=round(float(form.get(f"pause_{row}") or 0) * 60),
        waves=(int(form.get(f"waves_{row}") or 1) if Who.PEERS in who else 1),
    )
