"""Two providers that others wrote sign an admin in, in a real browser: what `make run` brings along, and canaille."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from infra.local import processes, provider
from infra.local.home import Home
from infra.local.provider import Provider
from infra.local.supervisor import Part
from libs.peer.sso.sealing import Seal
from services.cli import demo, demo_sign_on
from tests import canaille
from tests.browser.site import Site
from tests.canaille import Canaille
from tests.launching import until

pytestmark = pytest.mark.browser


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, tmp_path / "servers")


@pytest.fixture
def own(home: Home, site: Site) -> Iterator[tuple[Provider, Part]]:
    made = Provider(home)
    made.introduce()
    site.elsewhere = made.issuer
    part = made.part(demo_sign_on.way(site.base, demo.REQUESTERS_CENTER)["redirect_uri"])
    yield made, part
    if part.process:
        processes.end([(part.process, part.stop_signal)], grace_s=3.0)


async def test_it_signs_in_whom_a_group_lets_in_and_nobody_else(
    site: Site, home: Home, own: tuple[Provider, Part]
) -> None:
    made, part = own
    way = demo_sign_on.way(site.base, demo.REQUESTERS_CENTER)
    password = made.for_programs(way["entry"])["password"]
    seal = Seal.of_login(site.world.copy.login_url)
    await demo_sign_on.lay(site.world.planes, seal, demo.REQUESTERS_CENTER, demo_sign_on.read(home.client_file))

    page = await _window(site)
    await _sets_out(page, way["entry"])
    await expect(page.locator("[role=alert]")).to_contain_text("does not answer. Use a passkey")

    part.start()
    until(lambda: _answers(made.issuer))
    await _sets_out(page, way["entry"])
    await _logs_in(page, provider.ACCOUNT, password)
    await page.wait_for_url(re.compile("/desk"))

    await page.goto(f"{site.base}/account/prove?next=/sign-on")
    await page.locator("form[action$='/prove/sign-on'] button").click()
    await page.wait_for_url(f"{made.issuer}/**")
    await _logs_in(page, provider.ACCOUNT, password)  # signed in there, and asked all the same
    await page.wait_for_url(re.compile("/sign-on"))
    await expect(page.locator("#groups")).to_have_value(provider.GROUP)

    stranger = await _window(site)
    await _sets_out(stranger, way["entry"])
    await _logs_in(stranger, provider.STRANGER, password)
    await expect(stranger.locator("[role=alert]")).to_contain_text("Your account there has no part here.")


@pytest.fixture
def second(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Canaille]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # its library's: it is asked on loopback, without TLS
    with canaille.running(demo_sign_on.way(site.base, demo.REQUESTERS_CENTER)["redirect_uri"]) as made:
        site.elsewhere = made.client.issuer
        yield made


async def test_canaille_signs_in_whom_a_group_lets_in_and_nobody_else(site: Site, second: Canaille) -> None:
    entry = demo_sign_on.way(site.base, demo.REQUESTERS_CENTER)["entry"]
    seal = Seal.of_login(site.world.copy.login_url)
    await demo_sign_on.lay(site.world.planes, seal, demo.REQUESTERS_CENTER, second.client)

    page = await _window(site)
    await _sets_out(page, entry)
    await page.locator("[name=login]").fill(canaille.ADMIN)
    await page.locator("[name=login]").press("Enter")
    await _shows_password(page, second)
    await page.wait_for_url(re.compile("/desk"))

    await page.goto(f"{site.base}/account/prove?next=/sign-on")
    await page.locator("form[action$='/prove/sign-on'] button").click()
    await page.wait_for_url(f"{second.client.issuer}/**")
    await _shows_password(page, second)  # signed in there, and asked all the same, once
    await page.wait_for_url(re.compile(r"/sign-on(#|\?|$)"))
    await expect(page.locator("#groups")).to_have_value(canaille.GROUP)

    stranger = await _window(site)
    await _sets_out(stranger, entry)
    await stranger.locator("[name=login]").fill(canaille.STRANGER)
    await stranger.locator("[name=login]").press("Enter")
    await _shows_password(stranger, second)
    await expect(stranger.locator("[role=alert]")).to_contain_text("Your account there has no part here.")


async def _window(site: Site) -> Page:
    """Open a window that reaches the two of us alone: the provider's page would have its looks from elsewhere."""
    context = await site.browser.new_context(viewport={"width": 390, "height": 844})
    mine = (site.base, site.elsewhere or site.base)
    await context.route(lambda url: not url.startswith(mine), lambda route: route.abort())
    return await context.new_page()


async def _sets_out(page: Page, entry: str) -> None:
    await page.goto(entry)
    await page.locator("form.ask button").click()


async def _logs_in(page: Page, account: str, password: str) -> None:
    await page.locator("#username").fill(account)
    await page.locator("#password").fill(password)
    await page.locator("#password").press("Enter")


async def _shows_password(page: Page, second: Canaille) -> None:
    await page.locator("[name=password]").fill(second.password)
    await page.locator("[name=password]").press("Enter")


def _answers(issuer: str) -> bool:
    connection = HTTPConnection(urlsplit(issuer).netloc, timeout=5)
    try:
        connection.request("GET", "/.well-known/openid-configuration")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
