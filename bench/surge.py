"""(k) A surge: 300 requests in 10 seconds from 20 agencies, 118 peers who answer like people.

To reach: whoever can be matched is paged within 5 seconds, and nobody is asked beyond their limits. Somebody *can be
matched* while a peer of another center is free: neither asked at the moment nor with somebody, with yeses left for the
day, and not needed for somebody who waits longer. There are fewer peers than requests, so most have to wait for a free
one; talks last seconds here, so that many become free. The region takes it for a flood, as any region does: four of the
118 coordinate, and are asked first for what they can be asked; as those who step in last they are asked beyond a peer's
limits, and not counted with them.
Beside it: the same asks on a quiet day.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from bench.ground import Ground
from bench.programs import running
from bench.report import Figure, Section, Table, ms, percentile
from bench.stage import WORKER, Stage, cancel, load, paced, pages, staged, until
from libs.peer.callouts.rules import Act
from libs.peer.errors import PeerError
from libs.peer.offers import actions as offers
from libs.peer.offers.models import OfferState
from libs.peer.paging import actions as paging
from libs.tenancy.transactions import Planes

REACH_S = 5.0
_A_SECOND, _SECONDS, _AGENCIES, _PEERS, _LEADS = 30, 10, 20, 118, 4
_MOST_YES = 3
_LOOK_EVERY_S = 0.2
_ANSWERS_AFTER_S = 1.0
_TALKS_LAST_S = 5.0
_SAYS_YES, _SAYS_NO = 0.7, 0.9
"""Of ten peers seven say yes, two say no, and one is asleep."""

_FREE = """
    SELECT m.agency_id FROM shared.member m WHERE m.region_id = $1
      AND NOT EXISTS (SELECT FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id WHERE o.peer_id = m.id
                      AND (o.state = 'open' OR o.state = 'accepted' AND c.state IN ('accepted', 'in_contact')))
      AND (SELECT count(*) FROM shared.offer o WHERE o.peer_id = m.id AND o.state = 'accepted') < $2
"""
_UNPAGED = """
    SELECT c.id, c.home_id, extract(epoch FROM now() - c.asked_at)::float8 AS waits_s
    FROM shared.callout c WHERE c.region_id = $1 AND c.state IN ('paging', 'with_coordinator')
      AND NOT EXISTS (SELECT FROM shared.offer o WHERE o.callout_id = c.id) ORDER BY c.asked_at
"""
_BEYOND = """
    SELECT o.peer_id FROM shared.offer o JOIN shared.callout c ON c.id = o.callout_id
    WHERE o.region_id = $1 AND (o.state = 'open' AND o.expires_at > now()
                                OR o.state = 'accepted' AND c.state IN ('accepted', 'in_contact'))
      AND NOT EXISTS (SELECT FROM shared.membership s WHERE s.member_id = o.peer_id AND s.role <> 'peer')
    GROUP BY o.peer_id HAVING count(*) > 1
"""
_YESES = """
    SELECT count(*) FROM shared.offer WHERE state = 'accepted' AND region_id = $1 AND answered_at > $2
      AND peer_id NOT IN (SELECT member_id FROM shared.membership WHERE role <> 'peer')
    GROUP BY peer_id ORDER BY 1 DESC LIMIT 1
"""
_FIRST_PAGE = """
    SELECT extract(epoch FROM min(p.handed_over_at) - c.asked_at)::float8 AS took
    FROM shared.callout c LEFT JOIN shared.offer o ON o.callout_id = c.id LEFT JOIN shared.page p ON p.offer_id = o.id
    WHERE c.region_id = $1 AND c.asked_at > $2 GROUP BY c.id
"""
_OVER = """
    SELECT id FROM shared.callout
    WHERE region_id = $1 AND state = 'accepted' AND accepted_at < now() - make_interval(secs => $2)
"""
_OPEN = """
    SELECT o.id, o.peer_id FROM shared.offer o JOIN shared.page p ON p.offer_id = o.id
    WHERE o.region_id = $1 AND o.state = 'open' AND p.handed_over_at < now() - make_interval(secs => $2)
"""


@dataclass
class Watched:
    """What was seen from outside while it went on.

    Attributes:
        since: of those who wait unpaged while somebody is free, since when.
        longest_s: the longest such wait, by callout.
        beyond: peers who were asked twice at once.
    """

    since: dict[UUID, float] = field(default_factory=dict)
    longest_s: dict[UUID, float] = field(default_factory=dict)
    beyond: set[UUID] = field(default_factory=set)

    def note(self, unpaged: Iterable[tuple[UUID, UUID]], free: Iterable[UUID]) -> None:
        """Note one look: who waits, the longest first, and of which center each free peer is."""
        now = time.monotonic()
        left = Counter(free)
        could: set[UUID] = set()
        for callout, home in unpaged:
            if center := next((center for center, count in left.items() if count and center != home), None):
                left[center] -= 1
                could.add(callout)
        self.since = {callout: self.since.get(callout, now) for callout in could}
        for callout, since in self.since.items():
            self.longest_s[callout] = max(self.longest_s.get(callout, 0.0), now - since)


async def run(ground: Ground) -> Section:
    """Ask on a quiet day, then all at once."""
    await ground.grow(ground.sizes.agencies[-1])
    ground.make_durable(True)
    seconds = ground.sizes.pick(_SECONDS, 1)
    region = sorted(ground.regions, key=lambda found: found.slug)[min(1, len(ground.regions) - 1)]
    async with staged(ground, region, peers=_PEERS, leads=_LEADS, has_floods=True) as stage, ground.planes() as planes:
        stage.homes = stage.homes[:_AGENCIES]
        with running(ground, WORKER):
            await until(lambda: pages(stage))
            quiet = [paged.whole for paged in await load(stage, 1, ground.sizes.pick(20, 2))]
            watched = Watched()
            beside = [asyncio.create_task(_answer(stage, planes)), asyncio.create_task(_watch(stage, watched))]
            began_at = await _now(ground)
            await paced(stage.ask, _A_SECOND, seconds)
            await asyncio.sleep(ground.sizes.pick(40, 8))
            await cancel(*beside)
            took = await _first_pages(stage, began_at)
            most = await _most_yeses(stage, began_at)
    return _section(watched, quiet, took, most)


def _section(watched: Watched, quiet: list[float], took: list[float | None], most: int) -> Section:
    section = Section("k", "A surge")
    paged = [seconds for seconds in took if seconds is not None]
    section.sizes = (
        f"{len(took)} requests at {_A_SECOND} a second from {_AGENCIES} agencies, {_PEERS} peers, {_LEADS} of whom "
        "coordinate, all `now` (three are asked at once), the region takes it for a flood, of ten peers seven say yes "
        f"after {_ANSWERS_AFTER_S:.0f} s, two no, one nothing; a talk ends "
        f"after {_TALKS_LAST_S:.0f} s; one worker"
    )
    rows = [
        ("a quiet day, one a second", str(len(quiet)), str(len(quiet)), *_spread(quiet)),
        ("the surge", str(len(took)), str(len(paged)), *_spread(paged)),
    ]
    section.tables.append(Table(("asks", "requests", "paged", "p50 ms", "p99 ms", "slowest ms"), rows))
    longest = max(watched.longest_s.values(), default=0.0)
    section.figures += [
        Figure(
            "longest unpaged wait while somebody was free", f"≤ {REACH_S:.0f} s", f"{longest:.1f} s", longest <= REACH_S
        ),
        Figure("peers asked twice at once", "0", str(len(watched.beyond)), not watched.beyond),
        Figure("most yeses of one peer", f"≤ {_MOST_YES}", str(most), most <= _MOST_YES),
    ]
    section.notes.append(
        "Who waits for a peer to become free lies before the coordinators meanwhile. Most of a page's time is that "
        "wait: there are 300 requests and three of 118 peers are asked for each."
    )
    section.is_sound = not watched.beyond and most <= _MOST_YES
    return section


def _spread(values: list[float]) -> tuple[str, str, str]:
    return ms(percentile(values, 50)), ms(percentile(values, 99)), ms(max(values))


async def _answer(stage: Stage, planes: Planes) -> None:
    """Answer as peers do, through the same actions as their pages, until cancelled."""
    asleep: set[UUID] = set()
    while True:
        async with stage.ground.connected() as connection:
            rows = await connection.fetch(_OPEN, stage.region.id, _ANSWERS_AFTER_S)
            over = await connection.fetch(_OVER, stage.region.id, _TALKS_LAST_S)
        for (callout_id,) in over:
            with suppress(PeerError):
                async with planes.dispatch(stage.region) as dispatch:
                    await paging.confirm_contact(dispatch, callout_id, region_id=stage.region.id)
                    await paging.end(dispatch, callout_id, Act.CLOSE, region_id=stage.region.id)
        for offer_id, peer_id in rows:
            chance = random.random()  # noqa: S311 - anybody
            if offer_id in asleep or chance > _SAYS_NO:
                asleep.add(offer_id)
                continue
            with suppress(PeerError):
                async with planes.dispatch(stage.region) as dispatch:
                    if chance < _SAYS_YES:
                        await offers.accept(dispatch, offer_id, by=peer_id)
                    else:
                        await offers.pass_on(dispatch, offer_id, by=peer_id, answer=OfferState.DECLINED)
        await asyncio.sleep(0.05)


async def _watch(stage: Stage, watched: Watched) -> None:
    """Look past the application, again and again, until cancelled."""
    async with stage.ground.connected() as connection:
        while True:
            free = [row["agency_id"] for row in await connection.fetch(_FREE, stage.region.id, _MOST_YES)]
            unpaged = await connection.fetch(_UNPAGED, stage.region.id)
            watched.note(((row["id"], row["home_id"]) for row in unpaged), free)
            watched.beyond |= {row["peer_id"] for row in await connection.fetch(_BEYOND, stage.region.id)}
            await asyncio.sleep(_LOOK_EVERY_S)


async def _now(ground: Ground) -> object:
    async with ground.connected() as connection:
        return await connection.fetchval("SELECT now()")


async def _first_pages(stage: Stage, began_at: object) -> list[float | None]:
    """Return how long each request's first page took, None for one that has none."""
    async with stage.ground.connected() as connection:
        return [row["took"] for row in await connection.fetch(_FIRST_PAGE, stage.region.id, began_at)]


async def _most_yeses(stage: Stage, began_at: object) -> int:
    async with stage.ground.connected() as connection:
        return int(await connection.fetchval(_YESES, stage.region.id, began_at) or 0)
