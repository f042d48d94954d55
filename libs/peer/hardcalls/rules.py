"""What follows from a hard call, and the marks by which nothing happens twice.

Source: docs/decisions/0026-private-offers.md
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from libs.peer.hardcalls import codes
from libs.peer.hardcalls.models import Action, Why
from libs.peer.incidents.models import IncidentType, Involved

OFFER_LIVES = timedelta(hours=72)
LONGEST_CODE, LONGEST_POSITION = 60, 40
_BANDS = ((5, Involved.FEW), (15, Involved.SOME), (40, Involved.MANY))
_WEIGHT = {Action.NOTHING: 0, Action.OFFER_SUPPORT: 1, Action.PROPOSE_DEPLOYMENT: 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from one type; `incident_type` matters where a team is proposed."""

    action: Action
    incident_type: IncidentType


@dataclass(frozen=True, slots=True)
class Call:
    """One hard call, as far as anything is kept of it while it is looked at.

    Attributes:
        mark: what tells this call from others, as its sender names it; hashed before it is used.
        common, internal: its type as the registry and as the center call it; empty where not said.
        at: when; None for now.
    """

    mark: str
    common: str
    internal: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows, from which call, and why."""

    rule: Rule
    why: Why
    call: Call | None = None

    @property
    def action(self) -> Action:
        """What follows."""
        return self.rule.action


NOTHING = Rule(Action.NOTHING, IncidentType.OTHER)
DEFAULT = {code: Rule(*follows) for code, follows in codes.DEFAULT.items()}


def spelled(code: str) -> str:
    """Return a type as it is looked up: capitals, single spaces, without the explanation after a dash."""
    return _printed(code.upper().partition(" - ")[0])[:LONGEST_CODE]


def position(text: str) -> str:
    """Return a position as it is compared."""
    return _printed(text.upper())[:LONGEST_POSITION]


def _printed(text: str) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def judge(call: Call, own: Mapping[str, Rule]) -> Verdict:
    """Say what follows from one call: by the registry's type, else by the center's own text, else nothing."""
    for text, why in ((call.common, Why.MAPPED), (call.internal, Why.INTERNAL_TEXT)):
        code = spelled(text)
        rule = own.get(code) or DEFAULT.get(code)
        if rule is not None or code in codes.KNOWN:
            return Verdict(rule or NOTHING, why, call)
    return Verdict(NOTHING, Why.UNKNOWN_TYPE, call)


def weigh(calls: Sequence[Call], own: Mapping[str, Rule], now: datetime) -> Verdict:
    """Say what follows from a report that may name several: whatever weighs most, the first of equals."""
    if not calls:
        return Verdict(NOTHING, Why.NO_INCIDENT)
    found = max((judge(call, own) for call in calls), key=lambda one: _WEIGHT[one.action])
    at = found.call.at if found.call else None
    if at is not None and at <= now - OFFER_LIVES:
        return Verdict(NOTHING, Why.TOO_OLD, found.call)
    return found


def involved(stations: int) -> Involved:
    """Return the band of how many were part of it; nobody named counts as few."""
    return next((band for most, band in _BANDS if stations <= most), Involved.CROWD)


def mark(key: bytes, agency_id: UUID, *parts: str) -> bytes:
    """Return 32 bytes that follow from the parts, and from which nobody without the key comes back to them."""
    said = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, agency_id.bytes + said, hashlib.sha256).digest()


def place(key: bytes, agency_id: UUID, position_: str) -> bytes:
    """Return the mark of a workstation, by which its page finds its offers."""
    return mark(key, agency_id, "place", position(position_))


def unique(positions: Iterable[str]) -> tuple[str, ...]:
    """Return positions as they are compared, each once, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(position, positions))))
