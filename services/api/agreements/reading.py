"""From what a manager sent to a new agreement: names looked up, once for page and REST."""

from libs.peer.agreements.actions import NewAgreement
from libs.peer.agreements.models import PartnerKind
from libs.tenancy.directory import RegionRef, Tenants
from services.api.agreements.schemas import AgreementIn


def new(tenants: Tenants, region: RegionRef, sent: AgreementIn) -> NewAgreement:
    """Look up the region and the centers that are named; what is none of them makes it not well described."""
    other = tenants.regions_by_slug.get(sent.region) if sent.kind is PartnerKind.REGION else None
    is_known = other is None or other.id != region.id
    known = {agency.slug: agency.id for agency in tenants.agencies_of(other)} if other else {}
    found = tuple(known[slug] for slug in sent.agencies if slug in known)
    return NewAgreement(
        kind=sent.kind,
        partner=other.name if other else sent.partner if sent.kind is not PartnerKind.REGION else "",
        starts_on=sent.starts_on,
        ends_on=sent.ends_on,
        partner_id=other.id if other else None,
        agency_ids=found,
        disciplines=tuple(sorted(set(sent.disciplines))),
        teams=tuple(sorted(set(sent.teams))),
        is_remote_only=sent.is_remote_only,
        takes_ours=sent.takes_ours,
        is_known=is_known and len(found) == len(sent.agencies),
    )
