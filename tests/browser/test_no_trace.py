"""Leaving at once, coming back, and a keyboard alone: nothing is left behind and nothing happens by accident."""

import re

import pytest
from playwright.async_api import Page, expect

from infra.local import ports
from services.api.load import bits_of
from services.cli import demo
from tests.browser.site import Site, ask
from tests.processes import api

pytestmark = pytest.mark.browser


async def _leaves_no_trace(site: Site, page: Page, words: str) -> None:
    """Insist that neither "back" nor anything the browser keeps shows the code."""
    await page.wait_for_url(f"{site.base}/livez")
    assert await page.context.cookies() == []
    await page.go_back()
    await expect(page.get_by_role("heading", name="Your code brings you back.")).to_be_visible()
    assert page.url == f"{site.base}/r/heartland/code?lang=en"
    shown = await page.content()
    assert not [word for word in words.split() if f"<span>{word}</span>" in shown]
    assert words not in shown
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert await page.evaluate("(async () => (await caches.keys()).length)()") == 0


async def _code(page: Page) -> str:
    return await page.locator("input[name=receipt]").first.input_value()


async def test_back_after_leaving_does_not_show_the_code(site: Site) -> None:
    page = await site.window()
    await ask(site, page)
    words = await _code(page)
    await page.get_by_role("button", name="Leave this page").last.click()
    await _leaves_no_trace(site, page, words)


async def test_shift_three_times_leaves_too_and_two_times_does_not(site: Site) -> None:
    page = await site.window()
    await ask(site, page)
    words = await _code(page)
    for key in ("Shift", "Shift", "a", "Shift", "Shift"):
        await page.keyboard.press(key)
    await expect(page.locator(".code-words")).to_be_visible()
    await page.keyboard.press("Shift")
    await _leaves_no_trace(site, page, words)


async def test_back_after_the_last_word_does_not_send_anything_again(site: Site) -> None:
    page = await site.window()
    await ask(site, page)
    await page.get_by_role("button", name="Stop asking").click()
    await expect(page.get_by_role("heading", name="We've stopped.")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/code"))
    await page.reload()
    await expect(page.get_by_role("heading", name="Your code brings you back.")).to_be_visible()
    assert await site.world.rows("SELECT state FROM shared.callout") == [("withdrawn",)]


async def test_back_to_the_form_sends_nothing_and_draws_another_code(site: Site) -> None:
    page = await site.window()
    await ask(site, page)
    words = await _code(page)
    await page.go_back()
    await expect(page.get_by_role("button", name="Talk to a peer")).to_be_visible()
    assert await _code(page) != words
    assert await site.world.rows("SELECT count(*) FROM shared.callout") == [(1,)]


async def test_a_double_click_asks_once(site: Site) -> None:
    page = await site.window()
    await page.goto(f"{site.base}/a/{demo.REQUESTERS_CENTER}")
    await page.get_by_role("button", name="Talk to a peer").dblclick()
    await expect(page.locator("#standing h1")).to_be_visible()
    assert await site.world.rows("SELECT count(*) FROM shared.callout") == [(1,)]


@pytest.mark.parametrize("path", ["/a/redbank", "/r/heartland"])
async def test_six_tabs_lead_to_the_button_and_enter_on_load_sends_nothing(site: Site, path: str) -> None:
    page = await site.window()
    await page.goto(f"{site.base}{path}")
    await page.keyboard.press("Enter")
    await page.wait_for_timeout(300)
    assert page.url == f"{site.base}{path}"
    assert await site.world.rows("SELECT count(*) FROM shared.callout") == [(0,)]
    tabs = 0
    while await page.evaluate("document.activeElement.textContent.trim()") != "Talk to a peer":
        await page.keyboard.press("Tab")
        tabs += 1
        assert tabs <= 6, "the button is too far away"
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    await page.keyboard.press("Enter")
    await expect(page.locator("#standing h1")).to_be_visible()


async def test_sent_with_the_keyboard_alone_answered_with_the_keyboard_alone(site: Site) -> None:
    """Choices folded away open by the keyboard, too, and what is chosen is what is kept."""
    page = await site.window()
    await page.goto(f"{site.base}/a/redbank")
    for summary in await page.locator("main summary").all():
        await summary.focus()
        await page.keyboard.press("Enter")
    await page.locator("input[name=urgency]:checked").focus()
    await page.keyboard.press("ArrowDown")
    await page.locator("input[value=knows_calls]").focus()
    await page.keyboard.press("Space")
    await page.locator("#leave-out-names").focus()
    await page.keyboard.type("Reyes")
    await page.get_by_role("button", name="Talk to a peer").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#standing h1")).to_be_visible()
    kept = await site.world.rows("SELECT urgency, wishes FROM shared.callout")
    assert kept == [("today", ["knows_calls"])]
    assert await site.world.rows(
        "SELECT count(*) FROM shared.copy p JOIN shared.member m ON m.id = p.peer_id WHERE m.name LIKE '%Reyes'"
    ) == [(0,)]


async def test_while_many_ask_the_browser_works_and_without_javascript_it_goes_through_too(site: Site) -> None:
    port = ports.any_free()
    async with api(site.world.copy, OWNCALL_PORT=str(port), OWNCALL_BUSY_FROM="1") as base:
        busy = Site(site.world, base, site.browser)
        for _ in range(12):
            plain = await busy.window(java_script_enabled=False)
            await ask(busy, plain)
            await plain.context.close()
        page = await busy.window()
        await page.goto(f"{base}/a/{demo.REQUESTERS_CENTER}")
        bits = int(await page.locator("form[data-work]").get_attribute("data-work") or 0)
        assert bits > 0
        proof = page.locator("input[name=proof]")
        await expect(proof).not_to_have_value("", timeout=30_000)
        assert bits_of(await _code(page), await proof.input_value()) >= bits
        await page.get_by_role("button", name="Talk to a peer").click()
        await expect(page.locator("#standing h1")).to_be_visible()
    assert await site.world.rows("SELECT count(*) FROM shared.callout") == [(13,)]
