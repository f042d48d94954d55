"""Another region that may help, as the page of a request shows it."""

from libs.peer.callouts.queries import Standing
from libs.peer.exchanges.models import ExchangeState
from libs.tenancy.directory import RegionRef, Tenants
from services.api import rendering
from services.api.requests.views import Exchanged, Partner
from services.api.views import Choice


def partner(standing: Standing, tenants: Tenants) -> Partner | None:
    """Return the region that may help; None when there is none, or not yet."""
    other = _region(standing, tenants)
    if other is None:
        return None
    return Partner(other.slug, other.name, rendering.phone(other.line_phone) if other.line_phone else None)


def exchange(standing: Standing, tenants: Tenants) -> Exchanged | None:
    """Return how far its help is; its centers while it can be taken, to leave some of them out."""
    other = _region(standing, tenants)
    if other is None or standing.exchange_state is None:
        return None
    is_offered = standing.exchange_state == ExchangeState.OFFERED
    centers = tuple(Choice(item.slug, item.name) for item in tenants.agencies_of(other)) if is_offered else ()
    is_remote = bool(standing.exchange_is_remote)
    return Exchanged(standing.exchange_state, standing.exchange_outcome, standing.offered_until, centers, is_remote)


def _region(standing: Standing, tenants: Tenants) -> RegionRef | None:
    return tenants.regions.get(standing.partner_id) if standing.partner_id else None
