"""What keeps a peer from being asked for the peer's own good, and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from libs.peer.limits.models import Gender, Modality


@dataclass(frozen=True, slots=True)
class Policy:
    """What a region sets for all its peers. A peer's own word may be stricter, never wider.

    Attributes:
        caseload: conversations that a peer may have open at once.
        accepts_a_day: how often a peer may say yes within 24 hours.
        heavy_hours, heaviest_hours: rest after a conversation that its peer rated 4, and 5.
        near_minutes: how far "near" reaches where the peer has said nothing.
    """

    caseload: int = 3
    accepts_a_day: int = 3
    heavy_hours: int = 24
    heaviest_hours: int = 48
    near_minutes: int = 60


POLICY = Policy()
"""Where a region has set nothing."""
MOST = Policy(caseload=10, accepts_a_day=10, heavy_hours=336, heaviest_hours=336, near_minutes=600)
"""What a region can set at most; at least it is 1 each, 0 for hours of rest."""
TALK_COUNTS_FOR = timedelta(hours=25)
"""How long a conversation without a request counts among a day's yeses, from the full hour in which it was logged."""
LONGEST_AWAY = timedelta(days=366)
EFFORTS = (1, 2, 3, 4, 5)
"""From light to very heavy."""
HEAVY, HEAVIEST = 4, 5


@dataclass(frozen=True, slots=True)
class OwnWord:
    """What a peer has said of how they want to be asked.

    Attributes:
        modalities: how they talk.
        reach_minutes: how far they drive; None means the region's.
        caseload, accepts_a_day: stricter than the region's; None means the region's.
        quiet_from, quiet_until: on their own clock, over midnight or not; None for none.
        wakes_for_now: somebody who needs a peer now may break the quiet.
        gender: of oneself.
        knows_calls: has been through hard calls and can talk about it.
    """

    modalities: Collection[str] = tuple(Modality)
    reach_minutes: int | None = None
    caseload: int | None = None
    accepts_a_day: int | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    wakes_for_now: bool = False
    gender: str = Gender.NOT_SAID
    knows_calls: bool = False


UNSAID = OwnWord()
"""Who has said nothing can be asked at any hour, in any way."""


def rest_after(effort: int, policy: Policy) -> timedelta:
    """Return how long a peer rests after a conversation.

    Args:
        effort: 1 to 5, as the peer rates it.
        policy: the region's.
    """
    hours = {HEAVY: policy.heavy_hours, HEAVIEST: policy.heaviest_hours}.get(effort, 0)
    return timedelta(hours=hours)


def quiet_ends(word: OwnWord, zone: str, now: datetime) -> datetime | None:
    """Return when a peer's quiet hours end, if it is quiet for them now.

    Args:
        word: the peer's.
        zone: IANA name of the peer's own clock.
        now: aware.

    Returns:
        The next instant, in UTC, at which that clock shows `quiet_until`; None when it is not quiet. Quiet hours that
        begin when they end are none. On the day that has no such hour the clock's next one counts.
    """
    if word.quiet_from is None or word.quiet_until is None or word.quiet_from == word.quiet_until:
        return None
    local = now.astimezone(ZoneInfo(zone))
    at, start, end = local.time(), word.quiet_from, word.quiet_until
    is_quiet = start <= at < end if start < end else (at >= start or at < end)
    if not is_quiet:
        return None
    ends_on = local.date() if at < end else local.date() + timedelta(days=1)
    ends = datetime.combine(ends_on, end, local.tzinfo).astimezone(UTC)
    return max(ends, now.astimezone(UTC) + timedelta(seconds=1))


SEEN_FOR = {"now": timedelta(minutes=5), "today": timedelta(hours=1), "this_week": timedelta(days=1)}
"""How lately a page must have been open to count as a channel by itself, by urgency.

Source: docs/decisions/0014-people-and-matching.md
"""


def is_reachable(verified: Collection[str], seen_at: datetime | None, urgency: str, now: datetime) -> bool:
    """Say whether somebody can be reached: by a channel that was proven, or by a page that is open, or was just now.

    Args:
        verified: channels that were proven and over which the region pages.
        seen_at: when a page of theirs was open last.
        urgency: of the request.
        now: aware.
    """
    return bool(verified) or (seen_at is not None and now - seen_at <= SEEN_FOR[urgency])
