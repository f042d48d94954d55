"""Mutual-aid agreements as JSON, for program managers."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from libs.peer.agreements import actions, queries
from services.api import once
from services.api.agreements import reading
from services.api.agreements.schemas import AgreementIn, AgreementOut, AgreementsOut
from services.api.declared import problems
from services.api.deps import MyRegion, ProgramTx, Wired
from services.api.once import Once

router = APIRouter(prefix="/v1/agreements", tags=["program"])


@router.get("", responses=problems())
async def list_agreements(tx: ProgramTx, wired: Wired) -> AgreementsOut:
    """List the region's agreements, those that end first first."""
    tenants = await wired.planes.tenants()
    return AgreementsOut(data=[AgreementOut.of(one, tenants) for one in await queries.of_program(tx)])


@router.post("", status_code=201, responses=once.problems(), openapi_extra=once.HEADER, response_model=AgreementOut)
async def create_agreement(
    tx: ProgramTx, wired: Wired, region: MyRegion, only_once: Once, body: AgreementIn
) -> Response:
    """Keep an agreement: within its scope nobody waits for a decision. The managers are reminded before it ends."""

    async def work() -> AgreementOut:
        tenants = await wired.planes.tenants()
        agreement_id = await actions.add(tx, reading.new(tenants, region, body), region_id=region.id)
        return AgreementOut.of((await queries.of_program(tx, agreement_id))[0], tenants)

    return await only_once.answer(tx, 201, work)


@router.post("/{agreement_id}/end", status_code=204, responses=problems(404, 409))
async def end_agreement(tx: ProgramTx, region: MyRegion, agreement_id: UUID) -> None:
    """End it today. Whoever was let in by it is helped as begun."""
    await actions.end(tx, agreement_id, region_id=region.id)
