"""What peers say of their limits, and what follows from it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.peer.limits import queries, rules
from libs.peer.limits.errors import AwayImpossible, AwayUnknown, NotToRate
from libs.peer.limits.queries import Pair
from libs.peer.limits.rules import OwnWord, Policy
from libs.peer.shifts import writing as shifts
from libs.tenancy.planes import DispatchSession, ProgramSession

_SAY = text(
    """
    INSERT INTO shared.own_limits (peer_id, region_id, modalities, reach_minutes, caseload, accepts_a_day, quiet_from,
        quiet_until, wakes_for_now, gender, knows_calls, not_for)
    VALUES (:peer_id, :region_id, :modalities, :reach_minutes, :caseload, :accepts_a_day, :quiet_from, :quiet_until,
        :wakes_for_now, :gender, :knows_calls, CAST(CAST(:not_for AS text[]) AS uuid[]))
    ON CONFLICT (peer_id) DO UPDATE SET (modalities, reach_minutes, caseload, accepts_a_day, quiet_from, quiet_until,
        wakes_for_now, gender, knows_calls, not_for) = (excluded.modalities, excluded.reach_minutes, excluded.caseload,
        excluded.accepts_a_day, excluded.quiet_from, excluded.quiet_until, excluded.wakes_for_now, excluded.gender,
        excluded.knows_calls, excluded.not_for)
    """
)
_GO_AWAY = text(
    """
    INSERT INTO shared.away (id, peer_id, region_id, starts_at, ends_at)
    SELECT :id, :peer_id, :region_id, :starts_at, :ends_at WHERE CAST(:ends_at AS timestamptz) > shared.clock()
    RETURNING id
    """
)
_COME_BACK = text("DELETE FROM shared.away WHERE id = :id AND peer_id = :peer_id RETURNING id")
_BE_BACK = text(
    """
    DELETE FROM shared.away
    WHERE peer_id = :peer_id AND starts_at <= shared.clock() AND ends_at > shared.clock() RETURNING id
    """
)
_RATE = text(
    """
    UPDATE shared.offer o SET effort = :effort FROM shared.callout c
    WHERE o.id = :offer_id AND o.peer_id = :peer_id AND o.state = 'accepted' AND o.effort IS NULL
      AND c.id = o.callout_id AND c.state = 'closed'
    RETURNING o.region_id
    """
)
_COOL = text(
    """
    INSERT INTO shared.own_limits (peer_id, region_id, modalities, wakes_for_now, gender, knows_calls, not_for,
        cools_until)
    VALUES (:peer_id, :region_id, :modalities, false, 'not_said', false, '{}',
        shared.clock() + CAST(:rest AS interval))
    ON CONFLICT (peer_id) DO UPDATE SET cools_until = greatest(own_limits.cools_until, excluded.cools_until)
    """
)
_TALKED = text(
    """
    INSERT INTO shared.own_limits (peer_id, region_id, modalities, wakes_for_now, gender, knows_calls, not_for,
        talks_until)
    VALUES (:peer_id, :region_id, :modalities, false, 'not_said', false, '{}',
        ARRAY[date_bin('1 hour', shared.clock(), 'epoch') + CAST(:counts_for AS interval)])
    ON CONFLICT (peer_id) DO UPDATE SET talks_until = ARRAY(
        SELECT t FROM unnest(own_limits.talks_until || excluded.talks_until) t WHERE t > shared.clock()
        ORDER BY t DESC LIMIT :most)
    """
)
_FORGET_TALKS = text(
    """
    UPDATE shared.own_limits SET talks_until = ARRAY(
        SELECT t FROM unnest(talks_until) t WHERE t > shared.clock() ORDER BY t DESC)
    WHERE EXISTS (SELECT FROM unnest(talks_until) t WHERE t <= shared.clock())
    """
)
_READY = text("UPDATE shared.own_limits SET cools_until = NULL WHERE peer_id = :peer_id")
_SEEN = text(
    """
    INSERT INTO shared.reach (peer_id, region_id, verified, seen_at) VALUES (:peer_id, :region_id, '{}', shared.clock())
    ON CONFLICT (peer_id) DO UPDATE SET seen_at = excluded.seen_at
    WHERE reach.seen_at IS NULL OR reach.seen_at < excluded.seen_at - interval '1 minute'
    """
)
_VERIFIED = text(
    """
    INSERT INTO shared.reach (peer_id, region_id, verified) VALUES (:peer_id, :region_id, ARRAY[CAST(:channel AS text)])
    ON CONFLICT (peer_id) DO UPDATE SET verified = reach.verified || excluded.verified
    WHERE NOT reach.verified @> excluded.verified
    """
)
_SET_POLICY = text(
    """
    INSERT INTO shared.limit_policy (region_id, caseload, accepts_a_day, heavy_hours, heaviest_hours, near_minutes)
    VALUES (:region_id, :caseload, :accepts_a_day, :heavy_hours, :heaviest_hours, :near_minutes)
    ON CONFLICT (region_id) DO UPDATE SET (caseload, accepts_a_day, heavy_hours, heaviest_hours, near_minutes) =
        (excluded.caseload, excluded.accepts_a_day, excluded.heavy_hours, excluded.heaviest_hours,
        excluded.near_minutes)
    """
)
_NO_DRIVES = text("DELETE FROM shared.drive WHERE region_id = :region_id")
_DRIVE = text(
    "INSERT INTO shared.drive (from_id, to_id, region_id, minutes) VALUES (:from_id, :to_id, :region_id, :minutes)"
)


async def say(
    session: DispatchSession, peer_id: UUID, *, region_id: UUID, word: OwnWord, not_for: tuple[UUID, ...] = ()
) -> None:
    """Note what a peer says of how they want to be asked; a rest that runs goes on."""
    values = {**asdict(word), "modalities": list(word.modalities), "not_for": [str(team) for team in not_for]}
    await session.execute(_SAY, {"peer_id": peer_id, "region_id": region_id, **values})
    session.signals.add(f"peer:{peer_id}")


async def go_away(
    session: DispatchSession, peer_id: UUID, *, region_id: UUID, starts_at: datetime, ends_at: datetime
) -> None:
    """Note a time in which a peer is not asked; what was accepted before stays the peer's.

    Raises:
        AwayImpossible: it ends before it begins, is over, or is longer than a year.
    """
    if not timedelta(0) < ends_at - starts_at <= rules.LONGEST_AWAY:
        raise AwayImpossible
    values = {"id": uuid4(), "peer_id": peer_id, "region_id": region_id, "starts_at": starts_at, "ends_at": ends_at}
    if (await session.execute(_GO_AWAY, values)).one_or_none() is None:
        raise AwayImpossible
    await shifts.soon(session, peer_id)
    session.signals.add(f"peer:{peer_id}")


async def come_back(session: DispatchSession, peer_id: UUID, away_id: UUID) -> None:
    """Take a time away back.

    Raises:
        AwayUnknown: it is gone, or somebody else's: both alike.
    """
    if (await session.execute(_COME_BACK, {"id": away_id, "peer_id": peer_id})).one_or_none() is None:
        raise AwayUnknown
    await shifts.soon(session, peer_id)
    session.signals.add(f"peer:{peer_id}")


async def be_back(session: DispatchSession, peer_id: UUID) -> None:
    """End whatever time away of a peer runs now; those to come stay."""
    if (await session.execute(_BE_BACK, {"peer_id": peer_id})).first() is not None:
        await shifts.soon(session, peer_id)
        session.signals.add(f"peer:{peer_id}")


async def rate(session: DispatchSession, peer_id: UUID, offer_id: UUID, *, effort: int) -> timedelta:
    """Note how heavy a conversation was for its peer, once.

    Returns:
        How long the peer rests now; nothing for a light one.

    Raises:
        NotToRate: it is not this peer's, goes on, or was rated before.
    """
    values = {"offer_id": offer_id, "peer_id": peer_id, "effort": effort}
    row = (await session.execute(_RATE, values)).one_or_none()
    if row is None:
        raise NotToRate
    return await weigh(session, peer_id, region_id=row.region_id, effort=effort)


async def weigh(session: DispatchSession, peer_id: UUID, *, region_id: UUID, effort: int) -> timedelta:
    """Let a peer rest as long as a conversation was heavy, by their own word; a longer rest that runs goes on.

    Returns:
        How long the peer rests now; nothing for a light one.
    """
    rest = rules.rest_after(effort, await queries.policy(session))
    if rest:
        await session.execute(_COOL, {**_unsaid(peer_id, region_id), "rest": rest})
    session.signals.add(f"peer:{peer_id}")
    return rest


async def talked(session: DispatchSession, peer_id: UUID, *, region_id: UUID) -> None:
    """Count a conversation without a request among the peer's yeses of a day; the hour is all that is kept, that long.

    More of them than any region's cap change nothing, and are not kept.
    """
    more = {"counts_for": rules.TALK_COUNTS_FOR, "most": rules.MOST.accepts_a_day}
    await session.execute(_TALKED, {**_unsaid(peer_id, region_id), **more})
    session.signals.add(f"peer:{peer_id}")


async def forget_talks(session: DispatchSession) -> None:
    """Forget when peers of a region talked without a request, where it does not count any more."""
    await session.execute(_FORGET_TALKS)


def _unsaid(peer_id: UUID, region_id: UUID) -> dict[str, object]:
    """Return what the row of a peer who has said nothing begins with."""
    return {"peer_id": peer_id, "region_id": region_id, "modalities": list(rules.UNSAID.modalities)}


async def is_ready(session: DispatchSession, peer_id: UUID) -> None:
    """End a rest early, by the peer's own word."""
    await session.execute(_READY, {"peer_id": peer_id})
    session.signals.add(f"peer:{peer_id}")


async def seen(session: DispatchSession, peer_id: UUID, *, region_id: UUID) -> None:
    """Note that a page of the peer's is open now; written once a minute at most."""
    await session.execute(_SEEN, {"peer_id": peer_id, "region_id": region_id})


async def verified(session: DispatchSession, peer_id: UUID, *, region_id: UUID, channel: str) -> None:
    """Note that a channel was proven to reach this peer."""
    await session.execute(_VERIFIED, {"peer_id": peer_id, "region_id": region_id, "channel": channel})


async def set_policy(session: ProgramSession, region_id: UUID, policy: Policy) -> None:
    """Set what holds for all peers of a region."""
    await session.execute(_SET_POLICY, {"region_id": region_id, **asdict(policy)})


async def set_drives(session: ProgramSession, region_id: UUID, pairs: Sequence[Pair]) -> None:
    """Set how long the drives between a region's centers take, in place of what was there."""
    await session.execute(_NO_DRIVES, {"region_id": region_id})
    if pairs:
        await session.execute(_DRIVE, [{**asdict(pair), "region_id": region_id} for pair in pairs])
