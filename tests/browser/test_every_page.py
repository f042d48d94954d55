"""Every page there is, in both languages, light and dark: nothing for axe to find, none scrolls sideways at 320 px."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Page, PdfMargins, expect

from libs.peer.intranet.photos import SIDE
from libs.peer.policies.models import LEADS_LAST
from services.cli import demo
from tests import exchanging
from tests.browser.site import Site, ask, picture
from tests.on_call import alone, has_shift, is_away, is_reached
from tests.verify import record
from tests.world import peer_id

pytestmark = pytest.mark.browser

PAGES_OF = (
    (
        None,
        (
            "/",
            "/r/heartland",
            "/a/redbank",
            "/a/redbank/colleague",
            "/r/heartland/cards",
            "/r/heartland/code",
            "/r/heartland/trust",
            "/sign-in",
            "/sign-in/center/redbank",
            "/developers",
            "/enroll",
            "/nowhere",
        ),
    ),
    (
        peer_id("ana"),
        ("/peer", "/peer/deployments", "/peer/limits", "/peer/shifts", "/account", "/account/prove", "/demo/mail"),
    ),
    (
        peer_id("mara"),
        ("/coordinator", "/coordinator/people", "/coordinator/people/access", "/schedule", "/program/paging"),
    ),
    (
        demo.MANAGER,
        (
            "/program",
            "/program/agencies",
            "/program/roster",
            "/program/admins",
            "/program/keys",
            "/program/limits",
            "/program/intranet",
            "/sign-on",
            "/program/agreements",
            "/program/paging",
            "/program/paging/now",
            "/schedule",
            "/deployments",
            "/deployments/new",
            "/deployments/run-cards",
        ),
    ),
    (
        demo.ADMIN,
        (
            "/desk",
            "/desk/incidents",
            "/desk/incidents/new",
            "/desk/hard-calls",
            "/desk/hard-calls/types",
            "/sign-on",
            "/desk/directory",
        ),
    ),
)
_SAMPLE = [("dark", "en"), ("light", "es")]
_LOOKS = [*_SAMPLE, ("light", "en"), ("dark", "es")] if record.is_full() else _SAMPLE
_SMALL = {"width": 320, "height": 640}


class Look:
    """One way to look at pages, and what was found on them."""

    def __init__(self, site: Site, scheme: str, language: str) -> None:
        self.site, self.language = site, language
        # axe brings its own script along, which our policy would refuse.
        self.options = {"color_scheme": scheme, "bypass_csp": True, "locale": "es-US" if language == "es" else "en-US"}
        self.found: list[tuple[str, str]] = []
        self.seen: list[str] = []

    async def window(self, account: object = None) -> Page:
        """Open a window in this look."""
        return await (self.site.signed_in(account, **self.options) if account else self.site.window(**self.options))

    async def at(self, page: Page, name: str) -> None:
        """Look at what is there now."""
        await page.wait_for_load_state("load")  # or axe looks before the style is there
        await page.set_viewport_size(_SMALL)  # type: ignore[arg-type]  # a size
        assert await page.locator("html").get_attribute("lang") == self.language, name
        for details in await page.locator("main details").all():
            await details.evaluate("each => each.open = true")
        results = await Axe().run(page)
        self.found += [
            (name, f"{violation['id']}: {node['html'][:120]} {node['failureSummary'][:200]}")
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]
        if await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.found.append((name, "scrolls sideways"))
        self.seen.append(name)


@pytest.fixture(params=_LOOKS, ids="-".join)
async def look(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[Look]:
    taken = Look(site, *request.param)
    yield taken
    assert taken.found == [], "\n".join(f"{where}: {what}" for where, what in taken.found)
    assert len(taken.seen) == len(set(taken.seen)) > 0
    record.note("T19", f"axe and 320 px, {'-'.join(request.param)}: {', '.join(taken.seen)}", "0 findings")


@pytest.mark.timeout(300)
async def test_pages_that_have_an_address(look: Look) -> None:
    for account, paths in PAGES_OF:
        page = await look.window(account)
        for path in paths:
            await page.goto(f"{look.site.base}{path}?lang={look.language}")
            await look.at(page, path if path not in look.seen else f"{path}, as another")
        await page.context.close()


async def test_every_state_of_a_request_and_of_those_who_answer(look: Look) -> None:
    site, world = look.site, look.site.world
    requester, peer = await look.window(), await look.window(peer_id("ana"))
    await ask(site, requester)
    await look.at(requester, "paging")
    accept = peer.locator(".button-accept")
    await expect(accept).to_be_visible()
    await look.at(peer, "an offer")
    await accept.click()
    await expect(requester.locator("a.peer-phone")).to_be_visible()
    await look.at(requester, "accepted")
    await expect(peer.locator(".talks .card")).to_be_visible()
    await look.at(peer, "a contact")

    await world.copy.push_clock(timedelta(minutes=11))
    await expect(requester.locator("input[name=epoch]")).to_have_count(1)
    await look.at(requester, "taken back")
    await requester.locator("form[action$=confirm] button").click()
    await expect(requester.locator("form[action$=close]")).to_be_visible()
    await look.at(requester, "talking")
    await requester.locator("form[action$=close] button").click()
    await expect(requester.locator("[data-ended-page]")).to_be_visible()
    await look.at(requester, "closed")


async def test_when_nobody_answers_or_decides(look: Look) -> None:
    site, world = look.site, look.site.world
    await world.copy.superuser.execute("UPDATE shared.availability SET is_available = false")
    waits, outside = await look.window(), await look.window()
    await ask(site, waits)
    await look.at(waits, "the leads are asked")
    await world.copy.push_clock(LEADS_LAST.answer_within + timedelta(seconds=1))
    await expect(waits.locator(".step-aside")).to_be_visible()
    await look.at(waits, "with the coordinator")
    await outside.goto(f"{site.base}/r/heartland")
    await outside.locator("select[name=center]").select_option("outside:kansas-city")
    await outside.locator("form.ask button.button-primary").click()
    await expect(outside.locator("#standing h1")).to_be_visible()
    await look.at(outside, "waits for a decision")
    manager = await look.window(demo.MANAGER)
    await expect(manager.locator(".card")).to_be_visible()
    await look.at(manager, "a decision")

    await world.copy.push_clock(timedelta(minutes=11))
    coordinator = await look.window(peer_id("mara"))
    await coordinator.goto(f"{site.base}/coordinator?lang={look.language}")
    await expect(coordinator.locator(".card")).to_have_count(2)
    await look.at(coordinator, "the board")
    await picture(coordinator, "7-coordinator")
    await coordinator.locator("main details").evaluate("each => each.open = true")
    await coordinator.locator("form[action$=decline] input[value=no_agreement]").check()
    await coordinator.locator("form[action$=decline] button").click()
    await expect(outside.locator("[data-ended]")).to_be_visible()
    await look.at(outside, "declined")
    await waits.locator("form[action$=withdraw] button").click()
    await expect(waits.locator("[data-ended-page]")).to_be_visible()
    await look.at(waits, "withdrawn")


async def test_every_way_to_be_on_call(look: Look) -> None:
    world = look.site.world
    await alone(world, "ana")
    await has_shift(world, "ana")
    peer = await look.window(peer_id("ana"))
    button, head = peer.locator("form[action$=availability] button"), peer.locator("#duty-head + p")
    for name, words in (("a shift", r"\d\d:\d\d\.$"), ("a shift left", r"\d\d:\d\d\. \w")):
        await peer.goto(f"{look.site.base}/peer?lang={look.language}")
        await expect(head).to_have_text(re.compile(words))
        await look.at(peer, name)
        await button.click()
        await peer.wait_for_load_state()
    await is_away(world, "ana")
    await peer.goto(f"{look.site.base}/peer?lang={look.language}")
    await look.at(peer, "away")
    await button.click()
    await expect(peer.locator(".duty-on")).to_be_visible()
    await says_quiet_hours(peer, look.language)
    await is_reached(world, "ana")
    await peer.goto(f"{look.site.base}/peer?lang={look.language}")
    await expect(peer.locator(".duty .reasons li")).to_have_count(1)
    await look.at(peer, "on call while the page is open, and quiet hours")


async def says_quiet_hours(page: Page, language: str) -> None:
    """Say on the page that it is quiet all day."""
    await page.goto(f"{page.url.split('/peer')[0]}/peer/limits?lang={language}")
    await page.locator("[name=quiet_from]").fill("00:00")
    await page.locator("[name=quiet_until]").fill("23:59")
    await page.locator("form[action='/peer/limits'] button[type=submit]").click()
    await expect(page.locator(".notice").first).to_be_visible()


async def test_another_region_helps(look: Look) -> None:
    """From the manager who hands it on to the page of the region that helps, by the same code."""
    site, world = look.site, look.site.world
    await exchanging.opened(world)
    try:
        await exchanging.agree(world, await world.person("manager"), "kansas-city", takes_ours=True)
        outside, again = await look.window(), await look.window()
        await outside.goto(f"{site.base}/r/heartland?lang={look.language}")
        await outside.locator("select[name=center]").select_option("outside:your-region")
        await outside.locator("form.ask button.button-primary").click()
        await expect(outside.locator("#standing h1")).to_be_visible()
        receipt = await outside.locator("input[name=receipt]").first.input_value()
        manager, there = await look.window(demo.MANAGER), await look.window(exchanging.MANAGER)
        await manager.locator("form[action$=hand-on] button").click()
        await expect(manager.locator("form[action$=undo]")).to_be_visible()
        await world.copy.push_clock(timedelta(seconds=10))
        await expect(manager.locator("#elsewhere-head")).to_be_visible()
        await look.at(manager, "another region was asked")
        await expect(there.locator("form[action$=approve]").first).to_be_attached()
        await look.at(there, "another region asks")
        await there.locator("form[action$=approve] button.button-primary").click()
        await expect(there.locator("form[action$=undo]")).to_be_visible()
        await world.copy.push_clock(timedelta(seconds=10))
        await expect(outside.locator("form[action$=go-there]")).to_be_attached()
        await look.at(outside, "the offer of another region")
        await outside.locator("form[action$=go-there] button").click()
        await expect(outside).to_have_url(f"{site.base}/r/kansas-city/status")
        await expect(outside.locator("#standing h1")).to_be_visible()
        await look.at(outside, "where it goes on")
        await again.goto(f"{site.base}/r/heartland/code?lang={look.language}")
        await again.locator("textarea").fill(receipt)
        await again.locator("main form button").first.click()
        await expect(again.locator("form[action='/r/kansas-city/status']")).to_be_attached()
        await look.at(again, "the page from where it has gone")
    finally:
        await exchanging.closed(world)


async def test_a_hard_call_from_the_button_to_the_workstation(look: Look) -> None:
    site = look.site
    admin, seat = await look.window(demo.ADMIN), await look.window()
    await admin.goto(f"{site.base}/desk/hard-calls?lang={look.language}")
    await admin.locator("#position").fill("5")
    await admin.locator("form[action$=stations] button").click()
    address = await admin.locator(".poster-address").inner_text()
    await look.at(admin, "a workstation's new page")
    await seat.goto(f"{address.strip()}?lang={look.language}")
    await expect(seat.locator(".lede")).to_have_count(0)
    await look.at(seat, "a workstation's page")
    await admin.locator("form[action$=offer] button").click()
    await expect(admin.locator(".notice")).to_be_visible()
    await look.at(admin, "support is offered")
    await seat.reload()
    await expect(seat.locator(".lede")).to_be_visible()
    await look.at(seat, "a workstation's page with an offer")
    await seat.locator("form[action$=quiet] button[value=true]").click()
    await expect(seat.locator(".lede")).to_have_count(0)
    await look.at(seat, "a workstation's page, quiet")
    await seat.locator("main details").evaluate("each => each.open = true")
    await seat.locator("form[action$=move] button").click()
    await expect(seat.locator(".notice")).to_be_visible()
    assert address not in seat.url
    await look.at(seat, "a workstation's page at a new address")


async def test_what_went_wrong(look: Look) -> None:
    page = await look.window()
    await page.goto(f"{look.site.base}/r/heartland/code?lang={look.language}")
    await page.locator("textarea").fill("not a code at all")
    await page.locator("main form button").first.click()
    await expect(page.locator("#code-unknown")).to_be_visible()
    await look.at(page, "an unknown code")
    peer = await look.window(peer_id("ana"))
    await peer.goto(f"{look.site.base}/desk?lang={look.language}")
    await look.at(peer, "no permission")


async def test_a_team_that_is_proposed_asked_and_comes(look: Look) -> None:
    """From the form that opens it to whom the center lets in, with nothing but what people press."""
    site, world = look.site, look.site.world
    admin, manager = await look.window(demo.ADMIN), await look.window(demo.MANAGER)
    await admin.goto(f"{site.base}/desk/incidents/new?lang={look.language}")
    await admin.locator("input[name=type][value=child_death]").check()
    await admin.locator("form.fields button.button-primary").click()
    await expect(admin.locator("#incidents .card")).to_be_visible()
    await look.at(admin, "a center's incident")
    await manager.goto(f"{site.base}/deployments?lang={look.language}")
    await manager.locator("#deployments tbody a").click()
    await expect(manager.locator("form[action$=fill] button")).to_be_visible()
    await expect(manager.locator("form[action$=pass-over]").first).to_be_visible()
    await look.at(manager, "a proposed team")
    await manager.locator("form[action$=fill] button").click()
    await expect(manager.locator("form[action$=finish]")).to_be_visible()
    await expect(manager.locator(".who-list .mark time").first).to_be_visible()
    await look.at(manager, "a team that is asked")
    asked = await world.rows("SELECT member_id FROM shared.invitation WHERE state = 'asked' AND role = 'lead'")
    account = await world.rows("SELECT id FROM shared.account WHERE member_id = ANY($1)", [row[0] for row in asked])
    peer = await look.window(account[0][0])
    await peer.goto(f"{site.base}/peer/deployments?lang={look.language}")
    await look.at(peer, "an invitation")
    await peer.locator("form[action$=accept] button").click()
    await expect(peer.locator("form[action$=drop-out]")).to_be_visible()
    await look.at(peer, "on a team")
    await expect(admin.locator("#incidents .line-name")).to_be_visible()
    await look.at(admin, "whom the center lets in")


@pytest.mark.timeout(300)
async def test_the_roster_that_an_intranet_shows(look: Look) -> None:
    """From the settings to the page without login, with a face on it and somebody on shift; and as it prints."""
    site, world, ana = look.site, look.site.world, peer_id("ana")
    manager, console, peer = await look.window(demo.MANAGER), await look.window(), await look.window(ana)
    await manager.goto(f"{site.base}/program/intranet?lang={look.language}")
    for lines in ("heartland, everywhere", "heartland, 127.0.0.0/8\nheartland, https://intranet.example.gov"):
        await manager.locator("#lines").fill(lines)
        await manager.locator("form[action='/program/intranet'] button").click()
        await expect(manager.locator(".notice")).to_be_visible()
        await look.at(manager, f"where the roster is seen: {lines}")
    await peer.goto(f"{site.base}/peer/limits?lang={look.language}")
    for name, content in (("none.jpg", b"none"), ("me.png", _png())):
        photo = {"name": name, "mimeType": "image/png", "buffer": content}
        await peer.locator("#photo-file").set_input_files(photo)  # type: ignore[arg-type]  # a file's payload
        await peer.locator("form[action$='/photo'] button").click()
        await expect(peer.locator("img.face" if name == "me.png" else "#photo .notice")).to_be_visible()
        await look.at(peer, f"a peer's photo: {name}")
    team = await world.rows("SELECT team_id, region_id FROM shared.membership WHERE member_id = $1", ana)
    await world.copy.superuser.execute(
        "INSERT INTO shared.schedule VALUES ($1, $2, 1, false, shared.clock()) ON CONFLICT DO NOTHING", *team[0]
    )
    await world.copy.superuser.execute(
        "INSERT INTO shared.duty (id, team_id, region_id, layer_id, peer_id, origin, starts_at, ends_at)"
        " VALUES ($1, $2, $3, $1, $4, 'rotation', shared.clock(), shared.clock() + interval '8 hours')",
        *(uuid4(), *team[0], ana),
    )
    await console.goto(f"{site.base}/r/heartland/roster?lang={look.language}")
    face = console.locator(".face-on img.face")
    assert await face.evaluate("img => img.complete && img.naturalWidth") == SIDE
    await look.at(console, "the roster at a console")
    await manager.goto(f"{site.base}/program/intranet/roster?lang={look.language}")
    await look.at(manager, "the roster, for the manager")
    people = await console.locator(".face-card").count()
    edges: PdfMargins = {"top": "12mm", "bottom": "12mm", "left": "12mm", "right": "12mm"}
    for paper in ("A4", "Letter"):
        printed = await console.pdf(format=paper, margin=edges)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= -(-people // 30), paper


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "PNG")
    return out.getvalue()
