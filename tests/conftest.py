"""The test rig: real servers, one database a test process, copied from a template made by the real migrations.

Nothing wraps our BEGIN: tests commit for real, else planes would never be tested. The clock is the
database's own `shared.clock()`, replaced in the copy by one that can be pushed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # xdist ships no types

from infra.local.testing import throwaway_servers
from tests import databases
from tests.databases import Addresses, Copy
from tests.verify import record
from tests.world import World, open_world

_STACK = pytest.StashKey[ExitStack]()
_ADDRESSES = pytest.StashKey[Addresses]()
settings.register_profile("owncall", deadline=None)  # how long something takes is the machine's, and bench/ says it
settings.load_profile("owncall")
_WITHOUT_SERVERS = ("tests/unit", "tests/contracts")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the controller, and make the template."""
    if hasattr(config, "workerinput"):
        config.stash[_ADDRESSES] = Addresses(**config.workerinput["owncall"])
        return
    if config.option.collectonly or _needs_no_servers(config):
        return
    record.begin()
    stack = ExitStack()
    servers = stack.enter_context(throwaway_servers(Path(tempfile.gettempdir())))
    config.stash[_STACK] = stack
    config.stash[_ADDRESSES] = Addresses(servers.superuser_url, servers.redis_url)
    asyncio.run(databases.make_template(servers.superuser_url))


def pytest_configure_node(node: WorkerController) -> None:
    """Tell a test process where the servers are, each with a Redis database of its own.

    Periodic work runs once a beat for all workers of one Redis: with one for all, a worker of another test took it.
    """
    addresses = node.config.stash.get(_ADDRESSES, Addresses("", ""))
    own = _redis_database(addresses.redis_url, int(node.gateway.id.removeprefix("gw")))
    node.workerinput["owncall"] = {"superuser_url": addresses.superuser_url, "redis_url": own}


def _redis_database(redis_url: str, number: int) -> str:
    return urlsplit(redis_url)._replace(path=f"/{number}").geturl() if redis_url else ""


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write docs/verify.md after a verification that passed."""
    if not hasattr(session.config, "workerinput"):
        record.write_page(exitstatus == pytest.ExitCode.OK)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    if _STACK in config.stash:
        config.stash[_STACK].close()


def _needs_no_servers(config: pytest.Config) -> bool:
    return bool(config.args) and all(
        Path(argument.split("::")[0]).resolve().relative_to(config.rootpath).as_posix().startswith(_WITHOUT_SERVERS)
        for argument in config.args
        if Path(argument.split("::")[0]).resolve().is_relative_to(config.rootpath)
    )


@pytest.fixture(scope="session")
def addresses(pytestconfig: pytest.Config) -> Addresses:
    """Where the real servers of this run are."""
    return pytestconfig.stash[_ADDRESSES]


@pytest.fixture(scope="session")
async def copy(addresses: Addresses, worker_id: str) -> AsyncIterator[Copy]:
    """This process's own database."""
    async with databases.copied(addresses, worker_id) as made:
        yield made


@pytest.fixture(scope="session")
async def lasting_world(copy: Copy) -> AsyncIterator[World]:
    """The application and its cast, opened once a process."""
    async with AsyncExitStack() as stack:
        yield await open_world(stack, copy)


@pytest.fixture
async def world(lasting_world: World) -> AsyncIterator[World]:
    """The cast at the beginning of a story: nobody has asked, and the clock runs as usual."""
    await lasting_world.begin()
    there = await lasting_world.who_is_there()
    yield lasting_world
    await lasting_world.nothing_unexpected()
    assert await lasting_world.who_is_there() == there, "whom a story brings in, it takes out"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; a browser test is skipped with a sentence where there is none."""
    return databases.chromium_or_skip()
