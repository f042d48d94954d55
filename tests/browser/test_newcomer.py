"""The newcomer's walk of README.md: from the printed link to a region of one's own county, in a real browser."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from libs.peer.accounts import actions as accounts
from services.cli import demo
from tests import databases, processes
from tests.databases import Addresses
from tests.processes import ROOT
from tests.settings import TestSettings
from tests.world import World, open_world

pytestmark = pytest.mark.browser

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run")
COUNTY = "Johnson"
"""Iowa's: three centers, none of them in the demonstration."""
WITHIN_S = 60


@pytest.fixture(scope="module")
async def own_world(addresses: Addresses, worker_id: str) -> AsyncIterator[World]:
    """A world of its own, since agencies are made in it."""
    async with databases.copied(addresses, f"newcomer_{worker_id}") as copy, AsyncExitStack() as stack:
        yield await open_world(stack, copy)


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened
        await opened.close()


async def _signed_in(world: World, browser: Browser, base: str, **options: object) -> Page:
    async with world.planes.door() as door:
        token = await accounts.invite(door, demo.YOUR_MANAGER)
    context = await browser.new_context(
        viewport={"width": 1100, "height": 820},
        reduced_motion="reduce",
        **options,  # type: ignore[arg-type]  # Playwright's own names
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    await page.goto(f"{base}/sign-in#{token}")
    await page.wait_for_url("**/program*", wait_until="load")
    return page


async def _picture(page: Page, name: str) -> None:
    folder = TestSettings().pictures
    if folder:
        await page.screenshot(path=Path(ROOT / folder / f"{name}.png"))


async def test_from_the_printed_link_to_a_region_of_ones_own_county(own_world: World, browser: Browser) -> None:
    async with processes.registrar(own_world.copy), processes.api(own_world.copy) as base:
        began = time.monotonic()
        page = await _signed_in(own_world, browser, base, color_scheme="light")
        await page.get_by_role("link", name="Agencies", exact=True).click()
        await expect(page.get_by_text("No agency takes part yet.")).to_be_visible()
        await page.get_by_role("link", name="Add from the FCC's registry").first.click()
        await page.get_by_label("Name, county, city or FCC id").fill(COUNTY)
        await page.get_by_label("State", exact=True).select_option("IA")
        await page.get_by_role("button", name="Search").click()
        rows = await page.locator("input[name=psap]").count()
        assert rows > 1
        await page.locator("input[name=psap]").first.check()
        await _picture(page, "7-search")
        await page.get_by_role("button", name="Choose all").click()
        await expect(page.get_by_role("heading", name=f"Add {rows} agencies?")).to_be_visible()
        await page.get_by_role("button", name=f"Add {rows} agencies").click()
        await expect(page.get_by_text("Takes part now")).to_have_count(rows)
        await expect(page.locator("table tbody tr")).to_have_count(rows)
        await _picture(page, "8-onboarded")
        await page.get_by_role("link", name="Open").first.click()
        await expect(page.get_by_role("button", name="Talk to a peer")).to_be_visible()
        assert time.monotonic() - began < WITHIN_S


async def test_it_works_without_javascript(own_world: World, browser: Browser) -> None:
    async with processes.registrar(own_world.copy), processes.api(own_world.copy) as base:
        cookie = await own_world.signs_in(demo.YOUR_MANAGER)
        context = await browser.new_context(java_script_enabled=False)
        await context.add_cookies([{"name": "owncall_demo", "value": cookie, "url": base}])
        page = await context.new_page()
        await page.goto(f"{base}/program/agencies/by-hand")
        await page.get_by_label("Name").fill("Elm Creek Volunteer Fire")
        await page.get_by_text("Fire", exact=True).check()
        await page.get_by_label("State").select_option("IA")
        await page.get_by_role("button", name="Add this agency").click()
        await page.wait_for_timeout(3000)
        await page.reload()
        await page.get_by_role("link", name="Elm Creek Volunteer Fire").click()
        await page.get_by_text("Suspend this agency").click()
        await page.get_by_role("button", name="Suspend").click()
        await expect(page.get_by_text("Suspended")).to_be_visible()
        await page.get_by_role("button", name="Let it take part again").click()
        await expect(page.get_by_text("Active")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    own_world: World, browser: Browser, scheme: str, language: str
) -> None:
    async with processes.api(own_world.copy) as base:
        options = {"color_scheme": scheme, "bypass_csp": True}
        page = await _signed_in(own_world, browser, base, **options)
        await page.set_viewport_size({"width": 320, "height": 800})
        mine = "SELECT a.id FROM shared.agency a JOIN shared.region r ON r.id = region_id WHERE r.slug = 'your-region'"
        agency = [row[0] for row in await own_world.rows(f"{mine} LIMIT 1")]
        paths = ["", "/add?q=clay+mo", "/by-hand", "/registry", *(f"/{each}" for each in agency)]
        for path in paths:
            await page.goto(f"{base}/program/agencies{path}{'&' if '?' in path else '?'}lang={language}")
            results = await Axe().run(page)
            assert results.violations_count == 0, f"{path}: {results.generate_report()}"
            wider = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not wider, path
