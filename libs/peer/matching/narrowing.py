"""To whom a wave is left: those who talk as it is wished, those of the own center; never so that nobody is."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from libs.peer.callouts.models import CenterWish, Channel
from libs.peer.matching.rules import Ask, Candidate, can_be_asked
from libs.peer.teams.models import TeamKind

_WAYS = {
    Channel.IN_PERSON: (Channel.IN_PERSON, Channel.PHONE),
    Channel.PHONE: (Channel.PHONE,),
    Channel.THIS_PAGE: (),
}
"""How to talk, the best first, by what is wished; after the last one anybody is asked."""


def settled(candidates: Collection[Candidate], ask: Ask, now: datetime) -> Ask:
    """Say how whoever is asked next is to talk: as is wished while anybody who does can be asked, else the next best.

    Nobody is asked for what they do not do, or farther away than they drive; and no wish is a dead end. All of a wave
    talk one way, so whoever says yes can keep what the requester was told.

    Args:
        candidates: whoever is left to be asked, any order.
        ask: what is looked for.
        now: aware.

    Returns:
        The same ask with its way.

    Source: docs/decisions/0014-people-and-matching.md
    """
    for way in _WAYS[ask.channel]:
        so = replace(ask, way=way)
        if any(can_be_asked(one, so, now) for one in candidates):
            return so
    return replace(ask, way=Channel.THIS_PAGE)


def own_center_alone(
    candidates: Iterable[Candidate], ask: Ask, now: datetime, until: datetime
) -> tuple[Candidate, ...]:
    """Leave a request to the own center's people alone for a while, where it is wished and they have a team for it.

    Args:
        candidates: whoever is left to be asked, any order.
        ask: what is looked for.
        now: aware.
        until: from then on the regional team is asked, too: it is the back-stop.

    Returns:
        Those of the own center, while the time lasts and somebody of its in-house team can be asked; empty when
        everybody is to be asked.

    Source: docs/decisions/0040-in-house-teams.md
    """
    if ask.wish is not CenterWish.OWN or now >= until:
        return ()
    own = tuple(one for one in candidates if one.agency_id == ask.own_agency)
    in_any_way = replace(ask, way=Channel.THIS_PAGE)
    return own if any(one.team == TeamKind.IN_HOUSE and can_be_asked(one, in_any_way, now) for one in own) else ()
