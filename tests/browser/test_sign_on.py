"""A provider is set up in a real browser, signs somebody in, and each page on the way is one that people can use."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from services.cli import demo
from tests.browser.test_every_page import Look, look  # noqa: F401 - a fixture
from tests.hostile import CLIENT_ID, SECRET, Provider, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as found:
        yield found


async def test_a_center_sets_its_provider_up_and_somebody_comes_in(look: Look, provider: Provider) -> None:  # noqa: F811
    site, lang = look.site, look.language
    site.elsewhere = provider.issuer
    provider.subject = "the-admin"
    page = await look.window(demo.ADMIN)
    await page.goto(f"{site.base}/sign-on?lang={lang}")
    await page.locator("#issuer").fill("https://10.0.0.1")
    await page.locator("form[action$='/issuer'] button").click()
    await expect(page.locator("#issuer-wrong")).to_be_visible()
    await look.at(page, "an issuer that cannot be used")
    await page.locator("#issuer").fill(provider.issuer)
    await page.locator("form[action$='/issuer'] button").click()
    await page.locator("#client_id").fill(CLIENT_ID)
    await page.locator("#client_secret").fill(SECRET)
    await page.locator("form[action$='/client'] button").click()
    await look.at(page, "before the test")
    async with page.context.expect_page() as opened:
        await page.locator("form[action$='/test'] button").click()
    tab = await opened.value
    await expect(tab.locator("input[name=group]").first).to_be_visible()
    await look.at(tab, "what came of the test")
    await tab.locator("input[value=leads]").check()
    await tab.locator("form[action$='/groups'] button").first.click()
    await expect(tab.locator("#groups")).to_have_value("leads")
    await tab.locator("form[action$='/switch'] button").click()
    await look.at(tab, "switched on")

    provider.subject = "rae"
    other = await look.window()
    await other.goto(f"{site.base}/sign-in/center/redbank?lang={lang}")
    await look.at(other, "a center's own sign-in")
    await other.locator("form.ask button").click()
    await other.wait_for_url(re.compile("/desk"))
    await other.goto(f"{site.base}/account/prove?next=/sign-on&lang={lang}")
    await look.at(other, "to show that it is you")
    provider.claims = lambda said: said | {"groups": ["others"]}
    await other.goto(f"{site.base}/sign-in/center/redbank?lang={lang}")
    await other.locator("form.ask button").click()
    await expect(other.locator("[role=alert]")).to_be_visible()
    await look.at(other, "no part here")
