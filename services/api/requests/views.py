"""What the requester's pages show."""

from dataclasses import dataclass
from datetime import date, datetime

from services.api.checkins.views import CheckIn
from services.api.views import Choice


@dataclass(frozen=True, slots=True)
class Place:
    """A place outside the region.

    Attributes:
        value: what the form sends.
        discipline: the kind of agency, where an agreement covers that kind alone; None for all.
    """

    value: str
    name: str
    discipline: str | None = None


@dataclass(frozen=True, slots=True)
class Partner:
    """Another region that may help: its page, and its line as people read it."""

    slug: str
    name: str
    line_phone: str | None


@dataclass(frozen=True, slots=True)
class AskPage:
    """The page on which somebody asks.

    Attributes:
        agency: the center whose own page this is; None on the region's page, which then asks for it.
        agencies: centers of the region, by name.
        outside: places outside the region.
        receipt: drawn with the page, hidden in its form; the form may be sent twice and asks once.
        line_phone: the peer line, as people read it; None where there is none.
        work: bits of work for the browser while very many ask; 0 nearly always.
        is_for_colleague: somebody asks for another.
        ask_url: the address on which the colleague asks for themselves.
    """

    region_slug: str
    region_name: str
    line_phone: str | None
    agency: Choice | None
    agencies: tuple[Choice, ...]
    outside: tuple[Place, ...]
    receipt: str
    work: int
    is_for_colleague: bool
    ask_url: str


@dataclass(frozen=True, slots=True)
class CardsPage:
    """Cards to print and hand on: whoever has one finds the page on which anybody asks."""

    region_slug: str
    region_name: str
    line_phone: str | None
    ask_url: str


@dataclass(frozen=True, slots=True)
class PausedPage:
    """A center's own page while it takes no requests: the region's does, and the line."""

    region_slug: str
    region_name: str
    line_phone: str | None
    agency_name: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the paging, in codes.

    Attributes:
        why_back: why it is asked again: no_contact, gave_back, left; None the first time.
        asking, skipped: kinds of people, as a policy names them.
        asks_whether_reached: half of the peer's time is over.
        peer_word: the peer's own: tried, talked.
        end_reason: unreached, peer_left.
        is_rank_lower: whoever may step in, is asked or has it may rank below somebody who leads.
    """

    why_back: str | None
    asking: tuple[str, ...]
    skipped: tuple[str, ...]
    asks_whether_reached: bool
    peer_word: str | None
    end_reason: str | None
    is_rank_lower: bool


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Another region, the page's partner, is asked to help.

    Attributes:
        state: requested, approved, offered or closed.
        outcome: how it ended: taken, declined, silent, unanswered, not_needed.
        until: how long the offer stands.
        centers: of that region, to leave some of them out; while it is offered.
        is_remote_only: its people would talk by phone and not in person.
    """

    state: str
    outcome: str | None
    until: datetime | None
    centers: tuple[Choice, ...]
    is_remote_only: bool


@dataclass(frozen=True, slots=True)
class LeftOutThere:
    """Whom somebody has left out of another region's people, given back to be sent again: as typed, and as slugs."""

    names: str
    centers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingPage:
    """Where a request stands.

    Attributes:
        receipt: the words; travels in forms alone, never in an address.
        is_new: just asked, so the code is shown, once.
        state: a callout's state.
        next_at: when something happens next; None when nothing is timed.
        asked_at: when it was asked.
        now: the server's clock at rendering.
        urgency: now, today or this_week.
        peer_name, peer_center, peer_phone: who said yes; None before.
        decline_reason: own_program, no_agreement, not_responders, handed_on; None unless declined.
        unmet: wishes that nobody keeps who is asked now: told, so that none is ignored in silence.
        is_lead_told: a lead of the team was paged; while a decision is waited for: there is one who may decide.
        is_decision_late: the program managers let their time go by; the lead may decide now, too.
        epoch: the round of asking that this page knows of.
        earlier_name, earlier_epoch: the peer from whom it was taken back last; None when nobody.
        partner: another region that may help; None when there is none, or not yet.
        check_ins: when a peer checks in again; there while they talk, and afterwards.
        told: how the paging goes.
        exchange: how far that region's help is; None when it was not asked.
        left_out: whom it was to be taken without, so that nobody there could be asked; None when that was not so.
        ask_url: for somebody who asks for a colleague: where the colleague asks; None for everybody else.
        channel: how they would like to talk.
        way: how they talk, as it stands.
        is_remote_only: not in person, by the word of whoever let it in.
        team_chosen: the team that is asked, where whoever let it in had the last word on it; else None.
    """

    region_slug: str
    region_name: str
    line_phone: str | None
    receipt: str
    is_new: bool
    state: str
    urgency: str
    asked_at: datetime
    next_at: datetime | None
    now: datetime
    peer_name: str | None
    peer_center: str | None
    peer_phone: str | None
    decline_reason: str | None
    is_lead_told: bool
    unmet: tuple[str, ...]
    is_decision_late: bool
    epoch: int
    earlier_name: str | None
    earlier_epoch: int | None
    told: Told
    partner: Partner | None
    ask_url: str | None
    channel: str
    way: str
    is_remote_only: bool
    team_chosen: str | None
    exchange: Exchanged | None = None
    left_out: LeftOutThere | None = None
    check_ins: tuple[CheckIn, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePage:
    """Where somebody comes back with a code.

    Attributes:
        is_unknown: the code led nowhere; wrong and expired look alike.
    """

    region_slug: str
    region_name: str
    line_phone: str | None
    is_unknown: bool


@dataclass(frozen=True, slots=True)
class EndedPage:
    """The last word.

    Attributes:
        act: withdraw ("We've stopped.") or close ("Take care.").
        has_check_ins: a peer checks in again, unless it is stopped.
    """

    region_slug: str
    region_name: str
    line_phone: str | None
    act: str
    has_check_ins: bool = False


@dataclass(frozen=True, slots=True)
class WaitFigure:
    """How long half of those waited who asked with one urgency in the last closed quarter.

    Attributes:
        most_minutes: upper bound of the median's band; None when too few asked to say, 0 when it is longer than any.
    """

    urgency: str
    quarter_on: date
    most_minutes: int | None


@dataclass(frozen=True, slots=True)
class TrustPage:
    """What an agency can see; and the time to a human, as published, empty before the first quarter is over."""

    region_slug: str
    region_name: str
    line_phone: str | None
    waits: tuple[WaitFigure, ...]
