"""The site of the browser tests."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.site import Site, opened
from tests.world import World


@pytest.fixture
async def site(world: World, chromium: str) -> AsyncIterator[Site]:
    """The running product and a browser to look at it."""
    async with opened(world, chromium) as running:
        yield running
