"""Somebody who signs in with a center's or region's own provider, as a browser does: there, and back."""

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from tests.hostile import CLIENT_ID, SECRET, Provider
from tests.world import World

CENTER, REGION = "/sign-in/center/redbank", "/sign-in/region/heartland"
LEADS = ("leads",)


@dataclass
class Browser:
    """A browser of somebody's own, before our pages."""

    client: httpx2.AsyncClient
    liar: Provider
    path: str = CENTER

    async def goes(self, path: str = "", **form: str) -> str:
        """Press a button that leads to the provider; returns where the browser goes."""
        answer = await self.client.post(path or self.path, data=form)
        assert answer.status_code == 200, answer.text
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
        assert found, answer.text
        return html.unescape(found[1])

    async def comes_back(self, answer: list[tuple[str, str]], path: str = "") -> httpx2.Response:
        """Be sent back by the provider."""
        return await self.client.get(f"{path or self.path}/back", params=dict(answer))

    async def signs_in(self, subject: str = "s-1") -> httpx2.Response:
        """There and back."""
        return await self.comes_back(self.liar.signs_in(await self.goes(), subject))

    async def is_in(self) -> bool:
        """Whether somebody is signed in here."""
        return (await self.client.get("/v1/account/sign-ins")).status_code == 200


@dataclass
class Admin:
    """Somebody who sets a provider up."""

    browser: Browser
    groups: tuple[str, ...] = LEADS
    secret: str = SECRET
    said: dict[str, Any] = field(default_factory=dict)

    async def sets_up(self, subject: str = "the-admin") -> httpx2.Response:
        """All five steps; returns what the test showed."""
        await self.posts("issuer", issuer=self.browser.liar.issuer)
        await self.posts("client", client_id=CLIENT_ID, client_secret=self.secret)
        tested = await self.tests(subject)
        await self.posts("groups", group_claim="groups", groups="\n".join(self.groups))
        await self.posts("switch", is_on="true")
        return tested

    async def tests(self, subject: str) -> httpx2.Response:
        """Go there and come back, to see what is said."""
        return await self.browser.comes_back(
            self.browser.liar.signs_in(await self.browser.goes("/sign-on/test"), subject)
        )

    async def posts(self, step: str, **form: str) -> None:
        """Take a step, which goes through."""
        answer = await self.browser.client.post(f"/sign-on/{step}", data=form)
        assert answer.status_code == 303, (step, answer.text)
        assert urlsplit(answer.headers["location"]).path == "/sign-on", answer.headers


async def admin(world: World, liar: Provider, who: str = "admin", path: str = CENTER) -> Admin:
    """The cast's admin or manager, before the set-up."""
    return Admin(Browser((await world.person(who)).client, liar, path))


def stranger(world: World, liar: Provider, path: str = CENTER) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(world.client(), liar, path)


async def accounts_of_groups(world: World) -> list[tuple[UUID, str, UUID | None]]:
    """Everybody whom groups have let in: id, role and agency."""
    rows = await world.rows("SELECT id, role, agency_id FROM shared.account WHERE provider_id IS NOT NULL ORDER BY id")
    return [tuple(row) for row in rows]
