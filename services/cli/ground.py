"""A region as the application's own login sees it, for commands that work inside of one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer

from libs.peer.errors import PeerError
from libs.tenancy import names
from libs.tenancy.directory import RegionRef, Tenants
from libs.tenancy.engine import open_engine
from libs.tenancy.errors import DatabaseAwayError, UnknownTenantError
from libs.tenancy.transactions import Planes
from services.cli.session import give_up, login_url, run
from services.cli.settings import Settings

T = TypeVar("T")

Region = Annotated[str, typer.Option("--region", "-r", help="Slug of the region.")]


@dataclass(frozen=True, slots=True)
class Ground:
    """An open region."""

    planes: Planes
    tenants: Tenants
    region: RegionRef


def in_region(slug: str, work: Callable[[Ground], Awaitable[T]]) -> T:
    """Run a command's work in a region; what is expected to go wrong ends it with a sentence."""

    async def inside() -> T:
        async with _open(slug) as ground:
            return await work(ground)

    try:
        return run(inside())
    except PeerError as error:
        give_up(error.detail or (type(error).__doc__ or "").splitlines()[0])
    except UnknownTenantError:
        give_up(f"There is no region {slug}. `owncall region create` makes one.")
    except DatabaseAwayError as error:
        give_up(f"The database is out of reach ({error.cause}). Run it again; nothing is half done.")


@asynccontextmanager
async def _open(slug: str) -> AsyncIterator[Ground]:
    url = login_url(Settings())
    engine = open_engine(url, pool_size=1, application="owncall-cli")
    try:
        planes = Planes(engine, names.of_login(url))
        tenants = await planes.tenants()
        yield Ground(planes, tenants, tenants.region(slug))
    finally:
        await engine.dispose()
