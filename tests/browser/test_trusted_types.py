"""No text becomes elements or a script in our pages, but by the one policy that live parts have."""

import pytest

from tests.browser.site import Site, ask

pytestmark = pytest.mark.browser

_TRIES = {
    "elements out of a text": "() => { document.querySelector('main').innerHTML = '<p id=x>'; }",
    "elements beside": "() => { document.querySelector('main').insertAdjacentHTML('beforeend', '<p id=x>'); }",
    "a page in a frame": "() => { document.createElement('iframe').srcdoc = '<p>'; }",
    "a script's address": "() => { document.createElement('script').src = '/static/live.js'; }",
    "a policy of somebody else's": "() => { trustedTypes.createPolicy('default', { createHTML: (text) => text }); }",
    "our policy once more": "() => { trustedTypes.createPolicy('owncall-live', { createHTML: (text) => text }); }",
}


async def test_a_text_stays_a_text(site: Site) -> None:
    page = await site.window()
    await ask(site, page)
    for what, script in _TRIES.items():
        said = await page.evaluate(
            f"() => {{ try {{ ({script})(); return 'done'; }} catch (error) {{ return error.name; }} }}"
        )
        assert said == "TypeError", what
    assert await page.locator("#x").count() == 0
