"""A center's staff directory: it has a token, and says who came and who left, as Entra and Okta do."""

from dataclasses import dataclass
from typing import Any

import httpx2

from libs.peer.provisioning import tokens
from tests.world import World

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ADMIN = {"roles": [{"value": "psap_admin"}]}


@dataclass
class Directory:
    """One center's directory."""

    client: httpx2.AsyncClient
    base: str

    async def call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Call a path below the base address."""
        return await self.client.request(method, f"{self.base}{path}", json=body)

    async def names(self, user_name: str, **more: object) -> dict[str, Any]:
        """Name somebody; returns what it is answered."""
        answer = await self.call("POST", "/Users", {"schemas": [USER], "userName": user_name, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def says(self, person: dict[str, Any], **values: object) -> None:
        """Say something else of somebody."""
        operations = [{"op": "Replace", "path": path, "value": value} for path, value in values.items()]
        body = {"schemas": [PATCH], "Operations": operations}
        answer = await self.call("PATCH", f"/Users/{person['id']}", body)
        assert answer.status_code == 204, answer.text

    async def forgets(self, person: dict[str, Any]) -> None:
        """Delete somebody."""
        answer = await self.call("DELETE", f"/Users/{person['id']}")
        assert answer.status_code == 204, answer.text


async def directory(world: World, of: str = "redbank") -> Directory:
    """The directory of a center, with a new token."""
    agency = (await world.planes.tenants()).agency(of)
    async with world.planes.door() as door:
        token = await tokens.make(door, agency.id)
    return with_token(world, token, of)


def with_token(world: World, token: str, of: str = "redbank") -> Directory:
    """A directory that shows this token."""
    return Directory(world.client(headers={"authorization": f"Bearer {token}"}), f"/scim/{of}/v2")
