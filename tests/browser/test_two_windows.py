"""Two real browser windows: somebody asks in one, a peer accepts in the other, they talk, it closes."""

import pytest
from playwright.async_api import expect

from services.cli import demo
from tests.browser.site import Site, picture
from tests.world import peer_id

pytestmark = pytest.mark.browser


async def test_ask_in_one_window_accept_in_the_other_talk_and_close(site: Site) -> None:
    peer = await site.signed_in(peer_id("ana"), color_scheme="light")
    requester = await site.window(color_scheme="dark")
    await expect(peer.get_by_text("No one is waiting.")).to_be_visible()

    await requester.goto(f"{site.base}/a/{demo.REQUESTERS_CENTER}")
    await picture(requester, "1-ask")
    await requester.get_by_role("button", name="Talk to a peer").click()
    await expect(requester.get_by_role("heading", name="We're asking a peer now.")).to_be_visible()
    await picture(requester, "2-waiting")

    await expect(peer.get_by_role("button", name="Accept")).to_be_visible()
    await picture(peer, "3-offer")
    await peer.get_by_role("button", name="Accept").click()
    await expect(requester.get_by_role("heading", name="A peer said yes.")).to_be_visible()
    await expect(requester.get_by_text("Ana Reyes")).to_be_visible()
    await picture(requester, "4-accepted")

    await requester.get_by_role("button", name="We're talking").click()
    await expect(peer.get_by_text("You're talking.")).to_be_visible()
    await picture(peer, "5-talking")
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
    await picture(manager, "6-approval")
    assert await site.world.rows("SELECT id FROM shared.offer") == []

    await manager.get_by_role("button", name="Approve").click()

    # The decision is held for ten seconds, in which it can be taken back.
    await expect(requester.get_by_role("heading", name="We're asking a peer now.")).to_be_visible(timeout=30_000)


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
