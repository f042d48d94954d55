"""Two real browser windows: somebody asks in one, a peer accepts in the other, they talk, it closes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from libs.peer.accounts import actions as accounts
from services.cli import demo
from tests.processes import ROOT, api, worker
from tests.settings import TestSettings
from tests.world import World, peer_id

pytestmark = pytest.mark.browser

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Site:
    """The running product and a browser to look at it."""

    world: World
    base: str
    browser: Browser

    async def window(self, **options: object) -> Page:
        """Open a window of its own; whatever goes wrong in it fails the test."""
        context: BrowserContext = await self.browser.new_context(
            viewport={"width": 390, "height": 844},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]  # Playwright's own names
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.on("request", lambda request: _own(self.base, request.url))
        return page

    async def signed_in(self, account: object, **options: object) -> Page:
        """Open a one-time link, as it is printed."""
        async with self.world.planes.door() as door:
            token = await accounts.invite(door, account)  # type: ignore[arg-type]  # an id of the cast
        page = await self.window(**options)
        await page.goto(f"{self.base}/sign-in#{token}")
        await page.wait_for_url("**/*", wait_until="load")
        await expect(page.locator("h1")).to_be_visible()
        return page


def _own(base: str, url: str) -> None:
    if not url.startswith((base, "data:")):
        pytest.fail(f"a request left for {url}")


@pytest.fixture
async def site(world: World, chromium: str) -> AsyncIterator[Site]:
    async with _open(world, chromium) as opened:
        yield opened


@asynccontextmanager
async def _open(world: World, chromium: str) -> AsyncIterator[Site]:
    async with api(world.copy) as base, worker(world.copy), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield Site(world, base, browser)
        await browser.close()


async def _picture(page: Page, name: str) -> None:
    """Keep a picture for the README when asked to (`OWNCALL_PICTURES=docs/pictures`)."""
    folder = TestSettings().pictures
    if folder:
        await page.screenshot(path=Path(ROOT / folder / f"{name}.png"))


async def test_ask_in_one_window_accept_in_the_other_talk_and_close(site: Site) -> None:
    peer = await site.signed_in(peer_id("ana"), color_scheme="light")
    requester = await site.window(color_scheme="dark")
    await expect(peer.get_by_text("No one is waiting.")).to_be_visible()

    await requester.goto(f"{site.base}/a/{demo.REQUESTERS_CENTER}")
    await _picture(requester, "1-ask")
    await requester.get_by_role("button", name="Talk to a peer").click()
    await expect(requester.get_by_role("heading", name="We're asking a peer now.")).to_be_visible()
    await _picture(requester, "2-waiting")

    await expect(peer.get_by_role("button", name="Accept")).to_be_visible()
    await _picture(peer, "3-offer")
    await peer.get_by_role("button", name="Accept").click()
    await expect(requester.get_by_role("heading", name="A peer said yes.")).to_be_visible()
    await expect(requester.get_by_text("Ana Reyes")).to_be_visible()
    await _picture(requester, "4-accepted")

    await requester.get_by_role("button", name="We're talking").click()
    await expect(peer.get_by_text("You're talking.")).to_be_visible()
    await _picture(peer, "5-talking")
    await requester.get_by_role("button", name="I'm done for now").click()
    await expect(requester.locator("h1")).to_be_visible()
    await expect(peer.get_by_text("Nobody at the moment.")).to_be_visible()
    assert await site.world.rows("SELECT state FROM shared.callout") == [("closed",)]


async def test_a_request_from_outside_waits_in_one_window_and_is_approved_in_another(site: Site) -> None:
    manager = await site.signed_in(demo.MANAGER)
    requester = await site.window()
    await requester.goto(f"{site.base}/r/heartland")
    await requester.locator("select[name=center]").select_option("outside:kansas-city")
    await requester.get_by_role("button", name="Talk to a peer").click()
    await expect(manager.get_by_role("strong").get_by_text("Kansas City (registry)")).to_be_visible()
    await _picture(manager, "6-approval")
    assert await site.world.rows("SELECT id FROM shared.offer") == []

    await manager.get_by_role("button", name="Approve").click()

    await expect(requester.get_by_role("heading", name="We're asking a peer now.")).to_be_visible()


async def test_it_all_works_without_javascript(site: Site) -> None:
    requester = await site.window(java_script_enabled=False)
    await requester.goto(f"{site.base}/a/{demo.REQUESTERS_CENTER}")
    await requester.get_by_role("button", name="Talk to a peer").click()
    await expect(requester.get_by_role("heading", name="We're asking a peer now.")).to_be_visible()
    code = await requester.locator("input[name=receipt]").first.input_value()

    later = await site.window(java_script_enabled=False)
    await later.goto(f"{site.base}/r/heartland/code")
    await later.locator("[name=receipt]").fill(code.upper())
    await later.locator("main form button").first.click()
    await expect(later.get_by_role("heading", name="We're asking a peer now.")).to_be_visible()
    await later.get_by_role("button", name="Stop asking").click()
    await expect(later.get_by_role("heading", name="We've stopped.")).to_be_visible()


async def test_two_tabs_of_one_peer_accept_once_and_say_so(site: Site) -> None:
    first = await site.signed_in(peer_id("ana"))
    second = await first.context.new_page()
    await second.goto(f"{site.base}/peer")
    requester = await site.window()
    await requester.goto(f"{site.base}/a/{demo.REQUESTERS_CENTER}")
    await requester.get_by_role("button", name="Talk to a peer").click()
    await expect(second.get_by_role("button", name="Accept")).to_be_visible()
    await first.get_by_role("button", name="Accept").click()
    await expect(second.get_by_role("button", name="Accept")).to_have_count(0)
    await expect(second.get_by_text("They will call you.")).to_be_visible()


PAGES_OF = (
    (None, ("/", "/r/heartland", "/a/redbank", "/r/heartland/code", "/r/heartland/trust", "/sign-in", "/nowhere")),
    (peer_id("ana"), ("/peer",)),
    (peer_id("mara"), ("/coordinator",)),
    (demo.MANAGER, ("/program", "/program/agencies", "/program/roster")),
    (demo.ADMIN, ("/desk",)),
)


@pytest.mark.parametrize(("scheme", "language"), [("dark", "en"), ("light", "es")])
async def test_axe_finds_nothing_on_any_page_and_none_scrolls_sideways(site: Site, scheme: str, language: str) -> None:
    found = []
    for account, paths in PAGES_OF:
        # axe brings its own script along, which our policy would refuse.
        options = {"color_scheme": scheme, "bypass_csp": True}
        page = await (site.signed_in(account, **options) if account else site.window(**options))
        for path in paths:
            await page.goto(f"{site.base}{path}?lang={language}")
            results = await Axe().run(page)
            found += [(path, violation["id"]) for violation in results.response["violations"]]
            if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append((path, "scrolls sideways"))
        await page.context.close()
    assert found == []
