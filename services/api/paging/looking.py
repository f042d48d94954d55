"""What a paging policy means on a bad night."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from libs.notify.channels import in_app, mail
from libs.peer.policies import rules
from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import Policy
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
