"""What makes the demonstration's program a living one: requests that somebody talks about, check-ins that are due, a
decision that waits, agreements, limits that hold somebody back, a clinician on duty, a center's own team.

Everything is done by the actions by which people do it; everybody in it is invented, and nobody holds the receipts.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from libs import jobs
from libs.notify.channels import mail
from libs.peer.agreements import actions as agreements
from libs.peer.agreements.actions import NewAgreement
from libs.peer.agreements.models import PartnerKind
from libs.peer.approvals import actions as approvals
from libs.peer.approvals import queries as approval_queries
from libs.peer.callouts.models import Urgency
from libs.peer.callouts.rules import Act
from libs.peer.followups import actions as followups
from libs.peer.limits import actions as limits
from libs.peer.limits.models import Gender
from libs.peer.limits.rules import HEAVIEST, OwnWord
from libs.peer.offers import actions as offers
from libs.peer.offers import queries as offer_queries
from libs.peer.paging import actions as paging
from libs.peer.paging import advancing
from libs.peer.receipts import rules as receipts
from libs.peer.requests import actions as requests
from libs.peer.requests.actions import Ask
from libs.peer.shifts import listing
from libs.peer.teams import actions as teams
from libs.peer.teams import ranks
from libs.peer.teams.models import Area, Member, Membership, TeamRole, TrainingModule
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import ProgramSession
from libs.tenancy.transactions import Planes

CLINICIAN = UUID("00000000-0000-4000-9000-000000000005")
CLINICIAN_NAME = "Miriam Adler"
_CLINICIANS_AGENCY = "kestrel-medical"
_OWN_TEAMS_CENTER = "redbank"
_OWN_TEAM = ("greg-sandoval", "latoya-brimmer", "amina-warsame")
"""Of the roving team, too; `_IN_HOUSE_ALONE` is not."""
_IN_HOUSE_ALONE, _IN_HOUSE_NAME = UUID("00000000-0000-4000-9000-000000000006"), "Opal Trask"
_PLACE = "elsewhere"
"""As the form says it of a place that is none of this deployment's."""
_LEADS = ("mara", "jon")
"""Who may know that a check-in is overdue: they hold copies of these requests, too."""
_RESTS, _NEAR_CAP, _HAS_ENOUGH, _LATE = "marcus-delacroix", "heidi-kowalczyk", "nathan-stroud", "dawn-eastridge"
_AWAY, _BACK_SOON = "tyrell-hammond", "brenda-osgood"

# As if the talk had been earlier: what is due by then is due, and a day later overdue.
_EARLIER = text(
    """
    UPDATE shared.follow_up SET due_at = due_at - CAST(:by AS interval), next_at = next_at - CAST(:by AS interval)
    WHERE peer_id = :peer_id AND kind = 'same_day' AND state = 'planned' RETURNING id
    """
)
_IS_DUE, _IS_OVERDUE = timedelta(hours=7), timedelta(days=2)
# As if it had been this morning: whoever talks now is asked nothing else for a while.
_HOURS_AGO = text(
    """
    UPDATE shared.callout SET asked_at = asked_at - interval '5 hours', accepted_at = accepted_at - interval '5 hours',
        contact_at = contact_at - interval '5 hours'
    WHERE accepted_by = :peer_id AND state = 'in_contact'
    """
)


async def lay(planes: Planes, region: RegionRef, managers: Mapping[UUID, str], ids: Mapping[str, UUID]) -> None:
    """Lay all of it; a region that has a rota of approvers is left as it is.

    Args:
        planes: the way to the database.
        region: whose program it is; its roster is there.
        managers: names of who decides, by account, the first first.
        ids: members by slug.
    """
    tenants = await planes.tenants()
    partner = next(one for one in tenants.regions.values() if one.slug == "kansas-city")
    async with planes.program(region) as program:
        if await approval_queries.rota(program):
            return
        for account_id, name in managers.items():
            await approvals.put_on_rota(program, account_id, region_id=region.id, name=name)
        await _agree(program, region, partner)
        await _clinician(program, region, tenants.agency(_CLINICIANS_AGENCY))
        await _own_team(program, region, tenants.agency(_OWN_TEAMS_CENTER), [ids[slug] for slug in _OWN_TEAM])
    await _reach(planes, region, CLINICIAN, _IN_HOUSE_ALONE)
    await _ask(planes, region, Ask(Urgency.THIS_WEEK, coming_from=_PLACE), tuple(ids.values()))
    await _say_limits(planes, region, ids)
    await _talks(planes, region, ids)


async def _agree(program: ProgramSession, region: RegionRef, partner: RegionRef) -> None:
    """Keep one agreement that is about to end, and one that lasts."""
    today = await approval_queries.today(program, region.id)
    soon, later = today + timedelta(days=20), today + timedelta(days=400)
    ends = NewAgreement(PartnerKind.REGION, partner.name, today, soon, partner_id=partner.id, takes_ours=True)
    await agreements.add(program, ends, region_id=region.id)
    lasts = NewAgreement(PartnerKind.STATE, "Iowa", today, later, disciplines=("dispatch",), is_remote_only=True)
    await agreements.add(program, lasts, region_id=region.id)


async def _clinician(program: ProgramSession, region: RegionRef, agency: AgencyRef) -> None:
    """Put a clinician beside both teams: asked when the policies' last step is reached, or for a debriefing."""
    one = _member(CLINICIAN, region, agency, CLINICIAN_NAME, rank="clinician", phone="+19135550199")
    today = await approval_queries.today(program, region.id)
    both = (await teams.region_teams(program, region.id)).values()
    parts = [_part(CLINICIAN, team, region, today, TeamRole.CLINICIAN) for team in both]
    await teams.add_members(program, [one], parts, [])


async def _own_team(program: ProgramSession, region: RegionRef, center: AgencyRef, people: Sequence[UUID]) -> None:
    """Give a center a team of its own: some who rove as well, and one who is there for it alone."""
    today = await approval_queries.today(program, region.id)
    team = await teams.in_house_team(program, region.id, center.id)
    rank, phone = "telecommunicator", "+18165550198"
    alone = _member(_IN_HOUSE_ALONE, region, center, _IN_HOUSE_NAME, rank=rank, phone=phone, hours=44)
    parts = [_part(one, team, region, today, TeamRole.PEER) for one in (*people, _IN_HOUSE_ALONE)]
    modules = [
        TrainingModule(member_id=alone.id, area=area, region_id=region.id, completed_on=None, lapses_on=None)
        for area in Area
    ]
    await teams.add_members(program, [alone], parts, modules)


def _member(
    member_id: UUID, region: RegionRef, agency: AgencyRef, name: str, *, rank: str, phone: str, hours: int = 0
) -> Member:
    return Member(
        id=member_id,
        region_id=region.id,
        agency_id=agency.id,
        member_key=None,
        name=name,
        rank=rank,
        discipline=agency.discipline,
        languages=["en", "es"],
        email=f"{name.lower().replace(' ', '-')}@example.org",
        phone=phone,
        duty_phone=phone,
        time_zone=None,
        training_hours=hours,
        suspended_on=None,
        level=ranks.level(agency.discipline, rank),
    )


def _part(member_id: UUID, team_id: UUID, region: RegionRef, today: date, role: TeamRole) -> Membership:
    begins, ends = today - timedelta(days=400), today + timedelta(days=400)
    return Membership(
        member_id=member_id, team_id=team_id, region_id=region.id, designated_on=begins, lapses_on=ends, role=role
    )


async def _reach(planes: Planes, region: RegionRef, *people: UUID) -> None:
    """Let those whom this file adds be on call, and be reached."""
    async with planes.dispatch(region) as dispatch:
        for one in people:
            await teams.set_available(dispatch, one, region_id=region.id, is_available=True)
            await limits.verified(dispatch, one, region_id=region.id, channel=mail.NAME)


async def _say_limits(planes: Planes, region: RegionRef, ids: Mapping[str, UUID]) -> None:
    """Let some say how they want to be asked, and some be away."""
    women = ("ana", "cleo", "tanya-whitlock", "heidi-kowalczyk", "dawn-eastridge", "erin-maddox", "jill-sorensen")
    men = ("ben", "dev", "jamal-fenwick", "marcus-delacroix", "nathan-stroud", "pete-gallardo")
    words = {
        **{slug: OwnWord(gender=Gender.WOMAN, knows_calls=slug in {"cleo", "dawn-eastridge"}) for slug in women},
        **{slug: OwnWord(gender=Gender.MAN, knows_calls=slug == "dev") for slug in men},
        _HAS_ENOUGH: OwnWord(gender=Gender.MAN, caseload=1),
    }
    async with planes.dispatch(region) as dispatch:
        for slug, word in words.items():
            await limits.say(dispatch, ids[slug], region_id=region.id, word=word)
        now = await listing.clock(dispatch)
        for slug, days in ((_AWAY, 9), (_BACK_SOON, 2)):
            until = now + timedelta(days=days)
            await limits.go_away(dispatch, ids[slug], region_id=region.id, starts_at=now, ends_at=until)


async def _talks(planes: Planes, region: RegionRef, ids: Mapping[str, UUID]) -> None:
    """Let people have talked: one rests now, one is near the most that they may have, one has it, one is late."""
    await _talk(planes, region, ids, _RESTS, effort=HEAVIEST)
    for slug in (_NEAR_CAP, _NEAR_CAP, _HAS_ENOUGH):
        await _talk(planes, region, ids, slug, is_over=False)
        async with planes.dispatch(region) as dispatch:
            await dispatch.execute(_HOURS_AGO, {"peer_id": ids[slug]})
    await _talk(planes, region, ids, _LATE)
    await _talk(planes, region, ids, "dev", checks_in="ana")
    async with planes.dispatch(region) as dispatch:
        for slug, by in (("ana", _IS_DUE), (_LATE, _IS_OVERDUE)):
            (moved,) = (await dispatch.execute(_EARLIER, {"peer_id": ids[slug], "by": by})).scalars()
            await jobs.add(dispatch, followups.LOOK, region_id=region.id, subject_id=moved, cause="earlier")


async def _talk(
    planes: Planes,
    region: RegionRef,
    ids: Mapping[str, UUID],
    slug: str,
    *,
    effort: int | None = None,
    is_over: bool = True,
    checks_in: str | None = None,
) -> None:
    """Have somebody ask, this peer say yes, and both talk; then, maybe, close and rate it."""
    peer = ids[slug]
    async with planes.dispatch(region) as dispatch:
        await teams.set_available(dispatch, peer, region_id=region.id, is_available=True)
    holders = (peer, *(ids[lead] for lead in _LEADS))
    callout_id = await _ask(planes, region, Ask(Urgency.NOW), holders)
    async with planes.dispatch(region) as dispatch:
        await advancing.advance(dispatch, callout_id)
    async with planes.dispatch(region) as dispatch:
        (offer,) = await offer_queries.open_for(dispatch, peer)
        await offers.accept(dispatch, offer.id, by=peer)
        if checks_in is not None:
            await followups.plan(dispatch, callout_id, peer_id=ids[checks_in])
        await paging.confirm_contact(dispatch, callout_id, region_id=region.id)
    async with planes.dispatch(region) as dispatch:
        if is_over:
            await paging.end(dispatch, callout_id, Act.CLOSE, region_id=region.id)
        if effort is not None:
            await limits.rate(dispatch, peer, offer.id, effort=effort)
        await teams.set_available(dispatch, peer, region_id=region.id, is_available=effort is not None or not is_over)


async def _ask(planes: Planes, region: RegionRef, ask: Ask, peers: tuple[UUID, ...]) -> UUID:
    """Ask in the region's own care, with a receipt that nobody holds; returns the callout."""
    async with planes.care(region) as care:
        lookup_hash = receipts.lookup_hash(receipts.draw(), region.id)
        kept = await requests.ask(
            care, ask, region_id=region.id, home_id=region.id, lookup_hash=lookup_hash, peers=peers
        )
    return kept.callout_id
