"""A region's own run cards and windows: data that its managers and coordinators write. In the program plane."""

from uuid import UUID

from sqlalchemy import text

from libs.peer.deployments import cards, rules
from libs.peer.deployments.cards import Card
from libs.peer.deployments.errors import WindowInvalidError
from libs.peer.deployments.models import Kind
from libs.peer.deployments.rules import Window
from libs.peer.incidents.models import IncidentType, Involved
from libs.tenancy.planes import ProgramSession

_CARDS = text("SELECT incident_type, involved, kind, leads, peers, clinicians FROM shared.run_card")
_WINDOWS = text("SELECT kind, from_hours, until_hours FROM shared.response_window")
_PUT_CARD = text(
    """
    INSERT INTO shared.run_card (region_id, incident_type, involved, kind, leads, peers, clinicians)
    VALUES (:region_id, :incident_type, :involved, :kind, :leads, :peers, :clinicians)
    ON CONFLICT (region_id, incident_type, involved) DO UPDATE SET kind = excluded.kind, leads = excluded.leads,
        peers = excluded.peers, clinicians = excluded.clinicians
    """
)
_PUT_WINDOW = text(
    """
    INSERT INTO shared.response_window (region_id, kind, from_hours, until_hours)
    VALUES (:region_id, :kind, :from_hours, :until_hours)
    ON CONFLICT (region_id, kind) DO UPDATE SET from_hours = excluded.from_hours, until_hours = excluded.until_hours
    """
)


async def own_cards(session: ProgramSession) -> dict[tuple[IncidentType, Involved], Card]:
    """Return the run cards that this region has written itself."""
    return {
        (IncidentType(row.incident_type), Involved(row.involved)): Card(Kind(row.kind), *row[3:])
        for row in await session.execute(_CARDS)
    }


async def card_for(session: ProgramSession, incident_type: IncidentType, involved: Involved) -> Card:
    """Return what this region sends for one type and size of incident."""
    return cards.card_for(await own_cards(session), incident_type, involved)


async def windows(session: ProgramSession) -> dict[Kind, Window]:
    """Return every kind's window: the region's own, or the usual one."""
    own = {Kind(row.kind): Window(row.from_hours, row.until_hours) for row in await session.execute(_WINDOWS)}
    return {**rules.WINDOWS, **own}


async def put_card(
    session: ProgramSession, region_id: UUID, incident_type: IncidentType, involved: Involved, card: Card
) -> None:
    """Write the region's own run card for one type and size; teams that are out already stay as they are."""
    values = {"region_id": region_id, "incident_type": incident_type, "involved": involved, "kind": card.kind}
    counts = {"leads": card.leads, "peers": card.peers, "clinicians": card.clinicians}
    await session.execute(_PUT_CARD, {**values, **counts})


async def put_window(session: ProgramSession, region_id: UUID, kind: Kind, window: Window) -> None:
    """Write the region's own window for a kind of response.

    Raises:
        WindowInvalidError: it ends before it begins.
    """
    if not 0 <= window.from_hours < window.until_hours:
        raise WindowInvalidError
    values = {"region_id": region_id, "kind": kind, "from_hours": window.from_hours, "until_hours": window.until_hours}
    await session.execute(_PUT_WINDOW, values)
