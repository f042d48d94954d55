"""A center's systems that report hard calls, and EIDOs as they send them: with places, people and notes in them."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from tests.world import World

NENA_SAMPLE = Path(__file__).parents[1] / "data" / "nena-eido-sample-call-transfer.json"
EIDO, HARD_CALLS = "/v1/agencies/redbank/eido", "/v1/agencies/redbank/hard-calls"
SENDER = "dispatch.redbank.example"


async def machine(
    world: World, *, scope: str = "incidents:write", of: str | None = None, region: str = "heartland"
) -> httpx2.AsyncClient:
    """An integrator's machine with a token: of one agency, or of the whole region."""
    tenants = await world.planes.tenants()
    return await machine_in(
        world, tenants.region(region).id, scope=scope, agency_id=tenants.agency(of).id if of else None
    )


async def machine_in(world: World, region_id: UUID, *, scope: str, agency_id: UUID | None = None) -> httpx2.AsyncClient:
    """An integrator's machine with a token, of a region or a sandbox."""
    client = f"cad_{uuid4().hex[:8]}"
    async with world.planes.door() as door:
        await clients.put(
            door,
            NewClient(
                client,
                region_id=region_id,
                secret="s",
                scope=scope,
                agency_id=agency_id,
            ),
        )
        token = await clients.issue_access_token(door, client, scope)
    return world.client(headers={"authorization": f"Bearer {token}"})


def by_key(key: str | None = None) -> dict[str, str]:
    """The header of an Idempotency-Key, a new one unless one is given."""
    return {"idempotency-key": key or uuid4().hex}


async def now(world: World) -> datetime:
    """The database's time."""
    found: datetime = (await world.rows("SELECT shared.clock()"))[0][0]
    return found


async def eido(world: World, *positions: str, kind: str = "SUICIDE", canary: str = "Nobody", **more: Any) -> bytes:  # noqa: ANN401 - any JSON
    """An EIDO with an incident at these positions; what must never be kept carries the canary."""
    at = (await now(world)).isoformat()
    prologue = {
        "lastUpdateTimeStamp": at,
        "updatedByAgencyReference": {"$ref": SENDER},
        "updatedByAgentReference": {"$ref": canary},
    }
    said: dict[str, Any] = {
        "$id": f"urn:emergency:uid:incidentid:{canary}",
        **prologue,
        "incidentComponent": [
            {
                "$id": "i1",
                **prologue,
                "incidentTypeCommonRegistryText": kind,
                "incidentTypeInternalText": canary,
                "incidentTrackingIdentifier": f"{canary}-1",
                "locationReference": [{"$ref": "l1"}],
                "personReference": [{"$ref": "p1"}],
                "notesReference": [{"$ref": "n1"}],
            }
        ],
        "agencyComponent": [{"$id": SENDER, "agencyType": ["psap"]}],
        "agentComponent": [
            {
                "$id": f"{canary}@{position}",
                **prologue,
                "agentJcard": canary,
                "agentWorkstationPositionIdentification": position,
                "agentRoleRegistryText": ["Call Taking"],
                "agencyReference": {"$ref": SENDER},
            }
            for position in positions
        ],
        "locationComponent": [{"$id": "l1", "locationByValue": f"<civicAddress>{canary}</civicAddress>"}],
        "personComponent": [{"$id": "p1", "personByValue": canary, "callIdentifier": [canary]}],
        "notesComponent": [{"$id": "n1", "notesActionComments": canary}],
        "callComponent": [{"$id": "c1", "callStateRegistryText": canary}],
        **more,
    }
    return json.dumps(said).encode()


async def station(world: World, position: str) -> str:
    """Give a workstation at Redbank a page; returns its path."""
    admin = (await world.person("admin")).client
    made = await admin.post("/v1/desk/stations", json={"position": position})
    assert made.status_code == 201, made.text
    return re.sub(r"^https?://[^/]+", "", made.json()["url"])


async def shows_an_offer(world: World, path: str) -> bool:
    """Say whether a workstation's page has the one line more."""
    page = await world.client().get(path)
    assert page.status_code == 200, page.text
    return "A hard call was taken here lately." in page.text
