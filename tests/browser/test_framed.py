"""The roster inside a page of somebody else's: shown in the frames that were set, nothing in any other."""

import pytest
from playwright.async_api import Page, Route, expect

from services.cli import demo
from tests.browser.site import Site

pytestmark = pytest.mark.browser
INTRANET, STRANGER = "https://intranet.redbank.example", "https://elsewhere.example"
LINES = f"redbank, 127.0.0.0/8\nredbank, {INTRANET}"


async def framing(site: Site, origin: str) -> Page:
    """Open another host's page that frames the roster; its own words come from here, since no such host exists."""
    site.elsewhere = origin
    page = await site.window()

    async def answer(route: Route) -> None:
        frame = f'<iframe title="Your peers" src="{site.base}/r/heartland/roster" width="380" height="800"></iframe>'
        await route.fulfill(content_type="text/html", body=f"<title>Intranet</title><h1>Intranet</h1>{frame}")

    await page.route(f"{origin}/**", answer)
    await page.goto(f"{origin}/start")
    return page


async def test_a_page_that_was_set_frames_the_roster_and_a_strangers_stays_empty(site: Site) -> None:
    manager = await site.signed_in(demo.MANAGER)
    await manager.goto(f"{site.base}/program/intranet")
    await manager.get_by_label("A line for each network, or each page that may frame it").fill(LINES)
    await manager.get_by_role("button", name="Save").click()
    await expect(manager.get_by_text("Saved. It holds from now on.")).to_be_visible()

    shown = (await framing(site, INTRANET)).frame_locator("iframe")
    await expect(shown.get_by_role("heading", name="Your peers")).to_be_visible()
    await expect(shown.get_by_role("link", name="Talk to a peer")).to_be_visible()

    stranger = await framing(site, STRANGER)
    await expect(stranger.get_by_role("heading", name="Intranet")).to_be_visible()
    await stranger.wait_for_load_state("networkidle")
    assert await stranger.frame_locator("iframe").get_by_text("Your peers").count() == 0
