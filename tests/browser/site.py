"""The running product and a browser to look at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from infra.local import ports
from libs.peer.accounts import actions as accounts
from services.cli import demo
from tests.processes import ROOT, api, worker
from tests.settings import TestSettings
from tests.world import World

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    # A page that frames ours comes from elsewhere, and only here is ours on the machine itself.
    "--disable-features=LocalNetworkAccessChecks",
    "--disable-sync",
    "--no-first-run",
)


# How quick a page is says the bench; here a busy machine must not decide what is true.
expect.set_options(timeout=30_000)


@dataclass
class Site:
    """The running product and a browser to look at it; `elsewhere`: a provider that people come back from."""

    world: World
    base: str
    browser: Browser
    elsewhere: str | None = None

    async def window(self, **options: object) -> Page:
        """Open a window of its own; whatever goes wrong in it fails the test."""
        context: BrowserContext = await self.browser.new_context(
            viewport={"width": 390, "height": 844},
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]  # Playwright's own names
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        page.on("request", lambda request: _own((self.base, "data:", self.elsewhere or self.base), request.url))
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


def _own(own: tuple[str, ...], url: str) -> None:
    if not url.startswith(own):
        pytest.fail(f"a request left for {url}")


@asynccontextmanager
async def opened(world: World, chromium: str) -> AsyncIterator[Site]:
    """Run API and worker on the world's database, and a browser."""
    port = ports.any_free()
    told = {"OWNCALL_PORT": str(port), "OWNCALL_MAIL_DROP": str(world.mail.folder)}
    # The way out leads to a page of ours, so that no test goes anywhere else.
    async with (
        api(world.copy, **told, OWNCALL_LEAVE_URL=f"http://localhost:{port}/livez") as base,
        worker(world.copy, **told),
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield Site(world, base, browser)
        await browser.close()


async def picture(page: Page, name: str) -> None:
    """Keep a picture for the README when asked to (`OWNCALL_PICTURES=docs/pictures`)."""
    folder = TestSettings().pictures
    if folder:
        await page.screenshot(path=Path(ROOT / folder / f"{name}.png"))


async def ask(site: Site, page: Page, path: str = f"/a/{demo.REQUESTERS_CENTER}") -> None:
    """Ask on a page, as somebody does who chooses nothing; returns when the page that follows listens to keys."""
    await page.goto(f"{site.base}{path}")
    await page.locator("form.ask button.button-primary").click()
    await expect(page.locator("#standing h1")).to_be_visible()
    # Its scripts are modules: they run before "load", and not always before the heading is seen.
    await page.wait_for_load_state()
