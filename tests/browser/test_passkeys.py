"""Passkeys in a real browser, with an authenticator that exists only in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, expect

from libs.peer.passkeys import actions as passkeys
from tests.browser.site import Site
from tests.world import peer_id

pytestmark = pytest.mark.browser

ANA, MARA = peer_id("ana"), peer_id("mara")


@dataclass
class Device:
    """A phone: a window, and the passkeys in it."""

    page: Page
    cdp: CDPSession
    id: str

    async def keys(self) -> list[dict[str, Any]]:
        """What is stored in it."""
        found = await self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    async def put(self, key: dict[str, Any]) -> None:
        """Copy a passkey into it."""
        await self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": key})

    async def presses(self, act: str) -> None:
        """Press a button that asks for a passkey."""
        await self.page.locator(f"[data-passkey={act}]").click()

    async def is_told(self, which: str) -> None:
        """Insist on one of the sentences under the button."""
        await expect(self.page.locator(f"[data-says={which}]")).to_be_visible()

    async def signs_in(self, site: Site) -> None:
        """Sign in without a name."""
        await self.page.context.clear_cookies()
        await self.page.goto(f"{site.base}/sign-in")
        await self.presses("sign-in")


@asynccontextmanager
async def device(site: Site, *, has_lock: bool = True, **options: object) -> AsyncIterator[Device]:
    """Open a phone of somebody's own."""
    page = await site.window(**options)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    made = await cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": has_lock,
                "isUserVerified": has_lock,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield Device(page, cdp, made["authenticatorId"])
    await page.context.close()


async def _link(site: Site, account: object) -> str:
    async with site.world.planes.door() as door:
        made = await passkeys.make_link(door, account, keep=False)  # type: ignore[arg-type]  # an id of the cast
    return f"{site.base}/enroll#{made.token}"


@asynccontextmanager
async def enrolled(site: Site, account: object) -> AsyncIterator[Device]:
    """A phone whose owner has just used a link."""
    async with device(site) as phone:
        await phone.page.goto(await _link(site, account))
        await phone.presses("enroll")
        await phone.page.wait_for_url("**/account?done=enrolled")
        yield phone


async def test_a_link_lets_a_device_in_once_and_the_device_signs_in_by_itself(site: Site) -> None:
    async with device(site) as phone:
        link = await _link(site, ANA)
        await phone.page.goto(link)
        await expect(phone.page).to_have_url(f"{site.base}/enroll")
        await phone.presses("enroll")
        await expect(phone.page.locator(".notice[role=status]")).to_contain_text("This device signs you in")
        await phone.signs_in(site)
        await phone.page.wait_for_url("**/peer")
        async with device(site) as thief:
            await thief.page.goto(link)
            await thief.presses("enroll")
            await thief.is_told("link")
            assert await thief.keys() == []


async def test_an_expired_link_says_so(site: Site) -> None:
    async with device(site) as phone:
        link = await _link(site, ANA)
        await site.world.copy.superuser.execute("UPDATE shared.sign_in_link SET expires_at = shared.clock()")
        await phone.page.goto(link)
        await phone.presses("enroll")
        await phone.is_told("link")


async def test_a_device_without_a_lock_and_a_browser_without_passkeys_are_told_what_to_do(site: Site) -> None:
    async with device(site, has_lock=False) as phone:
        await phone.page.goto(await _link(site, ANA))
        await phone.presses("enroll")
        await expect(phone.page.locator("[data-says]:visible:not([data-says=working])")).to_be_visible()
        assert await phone.keys() == []
    page = await site.window()
    await page.add_init_script("delete window.PublicKeyCredential")
    await page.goto(f"{site.base}/sign-in")
    await expect(page.locator("[data-says=browser]")).to_be_visible()
    await expect(page.locator("[data-passkey]")).to_be_hidden()
    await page.context.close()
    page = await site.window(java_script_enabled=False)
    await page.goto(f"{site.base}/sign-in")
    await expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    await page.context.close()


async def test_a_second_device_is_added_after_a_proof_and_the_first_removed(site: Site) -> None:
    async with enrolled(site, ANA) as phone:
        page = phone.page
        await site.world.copy.superuser.execute("UPDATE shared.sign_in SET proved_at = proved_at - interval '1 hour'")
        await page.goto(f"{site.base}/account")
        await expect(page.locator("[data-passkey=add]")).to_have_count(0)
        await page.get_by_role("link", name="Show my passkey").click()
        before = {cookie["value"] for cookie in await page.context.cookies()}
        await phone.presses("prove")
        await page.wait_for_url(f"{site.base}/account?lang=en")
        assert {cookie["value"] for cookie in await page.context.cookies()} != before
        assert len(await phone.keys()) == 1
        await phone.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": phone.id})
        await phone.presses("add")
        await page.wait_for_url("**/account?done=added*")
        await expect(page.locator("section[aria-labelledby=passkeys] li")).to_have_count(2)
        old = page.locator("section[aria-labelledby=passkeys] li").first
        await old.locator("summary").click()
        await old.get_by_role("button", name="Remove").click()
        await expect(page.locator("section[aria-labelledby=passkeys] li")).to_have_count(1)
        await phone.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": phone.id})


async def test_a_copied_passkey_is_turned_off_and_nobody_is_told_why(site: Site) -> None:
    async with enrolled(site, ANA) as phone, device(site) as thief:
        [copy] = await phone.keys()
        await thief.put(copy)
        await phone.signs_in(site)
        await phone.page.wait_for_url("**/peer")
        await thief.signs_in(site)
        await thief.is_told("refused")
        await phone.page.goto(f"{site.base}/peer")
        await expect(phone.page.get_by_role("link", name="Sign in")).to_be_visible()
        await phone.signs_in(site)
        await phone.is_told("refused")


async def test_a_coordinator_makes_a_link_on_the_page_and_it_is_shown_once(site: Site) -> None:
    async with enrolled(site, MARA) as phone:
        page = phone.page
        await page.goto(f"{site.base}/coordinator/people/access")
        card = page.locator("li.card", has_text="Ana")
        await card.locator("summary").click()
        await card.get_by_role("button").click()
        link = await page.locator("#link").input_value()
        assert link.startswith(f"{site.base}/enroll#")
        await page.goto(f"{site.base}/coordinator/people/access")
        assert link not in await page.content()
        async with device(site) as other:
            await other.page.goto(link)
            await other.presses("enroll")
            await other.page.wait_for_url("**/account?done=enrolled")
