"""The page of mutual-aid agreements: whose people are helped without waiting for a decision."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from libs.peer.agreements import actions, queries
from libs.peer.agreements.errors import AgreementNotWellDescribedError
from libs.peer.agreements.queries import AgreementOfProgram
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.planes import ProgramSession
from services.api import rendering
from services.api.agreements import reading
from services.api.agreements.schemas import AgreementIn
from services.api.agreements.views import AgreementCard, AgreementsPage
from services.api.deps import MyRegion, ProgramTx, Spoken, Wired
from services.api.views import Choice

router = APIRouter(prefix="/program/agreements", include_in_schema=False)
_DONE = {"made": "Kept. Who is covered no longer waits for a decision.", "ended": "Ended. What has begun goes on."}
_LISTS = ("agencies", "disciplines", "teams")
_FIELDS = (*_LISTS, "kind", "partner", "region", "is_remote_only", "takes_ours", "starts_on", "ends_on")
_AS_TYPED = {"starts_on": "day_missing", "ends_on": "day_missing"}


@router.get("")
async def agreements_page(
    request: Request, tx: ProgramTx, wired: Wired, region: MyRegion, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the agreements, and the form for a new one."""
    view = await _view(tx, await wired.planes.tenants(), region)
    return rendering.page(
        request, "program/agreements.html", replace(view, notice=_DONE.get(done)), zone=region.time_zone
    )


@router.post("")
async def add_agreement_page(request: Request, tx: ProgramTx, wired: Wired, region: MyRegion) -> Response:
    """Keep a new one, or show the form again with what cannot be used."""
    async with request.form(max_files=0, max_fields=300) as form:
        sent = {name: [text for text in form.getlist(name) if isinstance(text, str)] for name in form}
    request.state.lang = (sent.get("lang") or [""])[0]
    tenants = await wired.planes.tenants()
    try:
        new = reading.new(tenants, region, AgreementIn.model_validate(_as_said(sent)))
        await actions.add(tx, new, region_id=region.id)
    except ValidationError as error:
        places = {str(one["loc"][0]) for one in error.errors()}
        faults = tuple(sorted({_AS_TYPED.get(place, "partner_unknown") for place in places}))
    except AgreementNotWellDescribedError as error:
        faults = error.faults
    else:
        return rendering.back(request, "/program/agreements", done="made")
    view = await _view(tx, tenants, region)
    view = replace(
        view,
        faults=faults,
        sent={name: texts[0] for name, texts in sent.items() if texts},
        picked=frozenset(f"{name}={text}" for name, texts in sent.items() for text in texts),
    )
    return rendering.page(request, "program/agreements.html", view, zone=region.time_zone, status=422)


@router.post("/{agreement_id}/end", dependencies=[Spoken])
async def end_agreement_page(request: Request, tx: ProgramTx, region: MyRegion, agreement_id: UUID) -> Response:
    """End one today."""
    await actions.end(tx, agreement_id, region_id=region.id)
    return rendering.back(request, "/program/agreements", done="ended")


def _as_said(sent: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a form's fields as JSON would have them."""
    said: dict[str, Any] = {name: [text for text in sent.get(name, []) if text] for name in _LISTS}
    said |= {name: sent[name][0].strip() for name in _FIELDS if name not in _LISTS and sent.get(name)}
    region = said.get("region", "")
    said["kind"] = said.get("kind") or ("region" if region else "agency")
    return said


async def _view(session: ProgramSession, tenants: Tenants, region: RegionRef) -> AgreementsPage:
    others = sorted((one for one in tenants.regions.values() if one.id != region.id), key=lambda one: one.name)
    return AgreementsPage(
        region_name=region.name,
        agreements=tuple(_card(one, tenants) for one in await queries.of_program(session)),
        regions=tuple(Choice(one.slug, one.name) for one in others),
        agencies=tuple(
            Choice(agency.slug, f"{one.name}: {agency.name}") for one in others for agency in tenants.agencies_of(one)
        ),
        notice=None,
    )


def _card(one: AgreementOfProgram, tenants: Tenants) -> AgreementCard:
    return AgreementCard(
        id=one.id,
        partner=one.partner,
        kind=one.kind,
        phase=one.phase,
        starts_on=one.term.starts_on,
        ends_on=one.term.last_day,
        days_left=one.days_left,
        agencies=tuple(tenants.agencies[each].name for each in one.agency_ids if each in tenants.agencies),
        disciplines=tuple(one.disciplines),
        teams=tuple(one.teams),
        is_remote_only=one.is_remote_only,
        takes_ours=one.takes_ours,
    )
