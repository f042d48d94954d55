"""The console of the developers' page, in a real browser: a key becomes a token, a token an answer."""

import re
import secrets

import pytest
from playwright.async_api import Route, expect

from libs.peer.clients import actions as clients
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def test_a_key_becomes_a_token_and_a_token_an_answer(site: Site) -> None:
    world, secret = site.world, "psk_test_" + secrets.token_urlsafe(32)
    region = await world.heartland()
    async with world.planes.door() as door:
        await clients.put(door, clients.NewClient("psk_test_console", region.id, "agencies:read", secret=secret))
    page = await site.window()
    await page.goto(f"{site.base}/developers")
    answer = page.locator("output")
    await page.get_by_label("client_id").fill("psk_test_console")
    await page.get_by_label("client_secret").fill(secret[:-1])
    await page.get_by_role("button", name="Get a token").click()
    await expect(answer).to_contain_text("401")
    await page.get_by_label("client_secret").fill(secret)
    await page.get_by_role("button", name="Get a token").click()
    await expect(answer).to_contain_text("200")
    await page.get_by_label("What to call").select_option("list_agencies")
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(answer).to_contain_text('"slug": "redbank"')
    await page.get_by_label("What to call").select_option("receive_eido")
    await expect(page.get_by_label("What is sent")).to_have_value(re.compile("incidentComponent"))
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(answer).to_contain_text("403")

    async def away(route: Route) -> None:
        await route.abort()

    await page.get_by_role("button", name="Put the sandbox back").click()
    await expect(answer).to_contain_text("403")  # this key is no test key
    await page.route("**/v1/**", away)
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(answer).to_have_text("No answer. Look at the connection, and try again.")
