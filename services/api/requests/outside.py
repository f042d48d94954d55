"""Whoever asks from outside the region: where they say that they work, and whether an agreement covers it.

An agreement that covers a request skips the queue: no approval is made, so nobody in the program learns of it. It is
judged once, at the ask: one that ends afterwards changes nothing.

Source: docs/decisions/0018-outside-the-region.md
"""

from dataclasses import replace
from uuid import UUID

from libs.peer.agreements import queries as agreements
from libs.peer.agreements.queries import Standing
from libs.peer.agreements.rules import Coming
from libs.peer.requests.actions import Ask
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.errors import DatabaseAwayError
from libs.tenancy.transactions import Planes
from services.api.requests import steps
from services.api.requests.errors import CenterUnknownError
from services.api.requests.steps import OUTSIDE, Center
from services.api.requests.views import Place


async def center(planes: Planes, tenants: Tenants, region: RegionRef, said: str) -> Center:
    """Read what was said about the center; `outside:<agreement>[:<discipline>]` names a partner.

    Raises:
        CenterUnknownError: it is none that there is.
    """
    named, _, discipline = said.removeprefix(OUTSIDE).partition(":")
    agreement_id = _as_id(named) if said.startswith(OUTSIDE) else None
    if agreement_id is None:
        return steps.center(tenants, region, said)
    standing = next((one for one in await _standings(planes, region) if one.scope.id == agreement_id), None)
    if standing is None or (discipline and discipline not in standing.scope.disciplines):
        raise CenterUnknownError
    coming = Coming(standing.scope.partner_id, None, discipline or None, agreement_id)
    return Center(region, None, standing.partner, coming)


async def within_agreement(planes: Planes, region: RegionRef, where: Center, ask: Ask) -> Ask:
    """Return what is asked as if from within the region, where an agreement covers it; else as it is."""
    if where.coming_from is None:
        return ask
    found = agreements.covering(await _standings(planes, region), where.coming, ask.team)
    return ask if found is None else replace(ask, coming_from=None, is_remote_only=found.is_remote_only)


async def choices(planes: Planes, tenants: Tenants, region: RegionRef) -> tuple[Place, ...]:
    """Return the places outside that somebody may choose: partners as their agreements name them, then regions.

    While the database is away, the regions alone: the page opens all the same.
    """
    try:
        standings = [one for one in await _standings(planes, region) if one.holds]
    except DatabaseAwayError:
        standings = []
    found = [choice for one in standings for choice in _of(one, tenants)]
    named = {one.scope.partner_id for one in standings if not one.scope.agency_ids and not one.scope.disciplines}
    others = [one for one in tenants.regions.values() if one.id != region.id and one.id not in named]
    return (*found, *(Place(OUTSIDE + one.slug, one.name) for one in others))


def _of(standing: Standing, tenants: Tenants) -> list[Place]:
    scope = standing.scope
    if scope.agency_ids:
        known = [tenants.agencies[one] for one in scope.agency_ids if one in tenants.agencies]
        return [Place(one.slug, f"{standing.partner}: {one.name}") for one in known]
    value = f"{OUTSIDE}{scope.id}"
    kinds = scope.disciplines
    return [Place(f"{value}:{one}", standing.partner, one) for one in kinds] or [Place(value, standing.partner)]


async def _standings(planes: Planes, region: RegionRef) -> list[Standing]:
    async with planes.dispatch(region) as dispatch:
        return list(await agreements.for_asking(dispatch))


def _as_id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return None
