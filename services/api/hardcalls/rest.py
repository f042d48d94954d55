"""What a center's own systems report: an EIDO, or hard calls as CSV. Bodies are read here and nowhere else."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from libs.peer.clients.queries import Machine
from libs.peer.hardcalls import actions, eido, sheet
from libs.peer.hardcalls.actions import Report, Reporting
from libs.peer.incidents.models import OpenedBy
from services.api import once
from services.api.deps import MyRegion, ServedAgency, ServedDeskTx, Wired
from services.api.hardcalls.schemas import OutcomeOut, OutcomesOut
from services.api.once import Once

router = APIRouter(prefix="/v1/agencies", tags=["hard calls"])

_SAMPLE: dict[str, Any] = {
    "$id": "urn:emergency:uid:eido:4711:dispatch.example.org",
    "incidentComponent": [{"incidentTypeCommonRegistryText": "SUICIDE"}],
}
_LINES = "incident_type,at,workstations\nSUICIDE,2026-11-26T04:00:00Z,5 6\n"
_EIDO: dict[str, Any] = {
    **once.HEADER,
    "requestBody": {
        "required": True,
        "description": "One EIDO (NENA-STA-021.1b), up to 8 MB. Types, identifiers, times and positions are read; "
        "everything else, places, people and notes first of all, is passed over and never stored.",
        "content": {"application/json": {"schema": {"type": "object", "required": ["$id"]}, "example": _SAMPLE}},
    },
}
_CSV: dict[str, Any] = {
    **once.HEADER,
    "requestBody": {
        "required": True,
        "description": "CSV in UTF-8: incident_type, at (RFC 3339), workstations (with spaces between).",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": _LINES}},
    },
}


@router.post("/{agency}/eido", responses=once.problems(404, 413), openapi_extra=_EIDO, response_model=OutcomeOut)
async def receive_eido(
    request: Request, wired: Wired, agency: ServedAgency, region: MyRegion, tx: ServedDeskTx, only_once: Once
) -> Response:
    """Take an EIDO in; the same one twice does nothing twice."""

    async def work() -> OutcomeOut:
        # In a thread: 10,000 components take a fifth of a second.
        reports = [await asyncio.to_thread(_of_eido, await request.body())]
        (outcome,) = await actions.report(tx, Reporting(agency, region, wired.marks), reports, opened_by(request))
        return OutcomeOut.of(outcome)

    return await only_once.answer(tx, 200, work)


@router.post("/{agency}/hard-calls", responses=once.problems(404, 413), openapi_extra=_CSV, response_model=OutcomesOut)
async def receive_hard_calls(
    request: Request, wired: Wired, agency: ServedAgency, region: MyRegion, tx: ServedDeskTx, only_once: Once
) -> Response:
    """Take hard calls in as CSV, all lines or none; the same line twice does nothing twice."""

    async def work() -> OutcomesOut:
        found = await asyncio.to_thread(sheet.read, await request.body())
        reports = [Report([call], positions) for call, positions in found]
        outcomes = await actions.report(tx, Reporting(agency, region, wired.marks), reports, opened_by(request))
        return OutcomesOut(data=[OutcomeOut.of(one) for one in outcomes])

    return await only_once.answer(tx, 200, work)


def opened_by(request: Request) -> OpenedBy:
    """Return from which side a team is proposed."""
    return OpenedBy.INTEGRATOR if isinstance(request.state.caller, Machine) else OpenedBy.DESK


def _of_eido(body: bytes) -> Report:
    found = eido.read(body)
    return Report(found.calls, found.positions)
