"""What somebody has typed and not sent stays when the page changes by itself: whom to leave out above all."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from services.cli import demo
from tests import exchanging
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def test_whom_to_leave_out_stays_while_the_page_changes(site: Site) -> None:
    world = site.world
    await exchanging.opened(world)
    try:
        await exchanging.agree(world, await world.person("manager"), "kansas-city", takes_ours=True)
        page, manager = await site.window(), await site.signed_in(demo.MANAGER)
        there = await site.signed_in(exchanging.MANAGER)
        await page.goto(f"{site.base}/r/heartland")
        await page.locator("select[name=center]").select_option("outside:your-region")
        await page.get_by_role("button", name="Talk to a peer").click()
        for one, act in ((manager, "hand-on"), (there, "approve")):
            await one.locator(f"form[action$={act}] button").first.click()
            await expect(one.locator("form[action$=undo]")).to_be_visible()
            await world.copy.push_clock(timedelta(seconds=10))
        await expect(page.locator("#there-center")).to_be_visible()

        await page.locator("#there-center").select_option(index=1)
        await page.get_by_text("Leave someone out").click()
        await page.locator("#there-names").fill("Castellano")
        await page.locator("input[name=leave_out_center]").nth(2).check()
        before = await page.locator(".next").inner_text()
        await world.copy.push_clock(timedelta(minutes=1))
        await expect(page.locator(".next")).not_to_have_text(before)

        assert await page.locator("#there-names").input_value() == "Castellano"
        assert await page.locator("#there-center").evaluate("each => each.selectedIndex") == 1
        boxes = await page.locator("input[name=leave_out_center]").all()
        assert [await box.is_checked() for box in boxes].count(True) == 1
        assert await boxes[2].is_checked()
    finally:
        await exchanging.closed(world)
