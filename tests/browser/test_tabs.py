"""What is used at night stands in front, on a line of a phone; the rest is folded, without JavaScript."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from services.cli import demo
from tests.browser.site import Site
from tests.world import peer_id

pytestmark = pytest.mark.browser
A_LINE = 60
FRONT = ("/peer", "/coordinator", "/peer/shifts")
FOLDED = {"/coordinator/people", "/schedule", "/deployments", "/program/paging", "/peer/deployments", "/peer/limits"}


async def height(page: Page) -> float:
    box = await page.locator("nav.tabs").bounding_box()
    assert box is not None
    return box["height"]


async def shown(page: Page) -> set[str]:
    links = await page.locator("nav.tabs a").all()
    return {str(await link.get_attribute("href")).split("?")[0] for link in links if await link.is_visible()}


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_one_line_on_a_phone_and_the_keyboard_opens_the_rest(site: Site, lang: str) -> None:
    page = await site.signed_in(peer_id("mara"), bypass_csp=True)
    await page.goto(f"{site.base}/peer?lang={lang}")
    await page.wait_for_load_state()
    assert await height(page) < A_LINE
    assert await shown(page) == set(FRONT)

    await page.locator("nav.tabs summary").focus()
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    await page.keyboard.press("Enter")
    await expect(page.locator("nav.tabs .more a").first).to_be_visible()
    assert await shown(page) == {*FRONT, *FOLDED}
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert (await Axe().run(page)).response["violations"] == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/coordinator/people*")
    current = page.locator("nav.tabs a[aria-current=page]")
    await expect(current).to_be_visible()
    assert "/coordinator/people" in str(await current.get_attribute("href"))


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_the_managers_tabs_stand_on_one_line_of_a_phone(site: Site, lang: str) -> None:
    page = await site.signed_in(demo.MANAGER)
    await page.goto(f"{site.base}/program?lang={lang}")
    await page.wait_for_load_state()
    assert await height(page) < A_LINE
    assert await shown(page) == {"/program", "/deployments"}

    await page.goto(f"{site.base}/program/members/{peer_id('ana')}?lang={lang}")
    assert await shown(page) == {"/program", "/deployments", "/program/roster"}
    await page.locator("nav.tabs summary").click()
    assert {"/schedule", "/program/agencies", "/program/intranet"} < await shown(page)


async def test_it_opens_without_javascript(site: Site) -> None:
    scripted = await site.signed_in(peer_id("mara"))
    state = await scripted.context.storage_state()
    page = await site.window(java_script_enabled=False, storage_state=state)
    await page.goto(f"{site.base}/coordinator")
    await page.locator("nav.tabs summary").click()
    await page.locator("nav.tabs .more a[href^='/schedule']").click()
    await expect(page.locator("h1")).to_be_visible()
    assert "/schedule" in page.url
