"""What a running API holds: opened once at start, closed once at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from libs.notify.live import Live
from libs.peer import keyed
from libs.peer.addresses.reaching import Reach
from libs.peer.sso.describing import SignOn
from libs.peer.sso.fetching import Fetcher
from libs.peer.sso.keys import Keys
from libs.peer.sso.sealing import Seal
from libs.peer.webhooks import rules as webhooks
from libs.tenancy import names
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.api.cursors import Cursors
from services.api.feed import Looks
from services.api.known import KnownTokens
from services.api.load import Load
from services.api.rates import Counted, Rates
from services.api.rosters import Rosters
from services.api.settings import Settings


@dataclass(frozen=True, slots=True)
class Wiring:
    """The way to the database, to live signals, the settings, how many ask, and what lists go on with.

    Attributes:
        marks: the key by which what may happen once is told apart from what has happened (`once`, `hardcalls`).
        sign_on: what is known of the providers of centers and regions.
        in_hand: requests with an Idempotency-Key that this process is answering.
        rates: how much is asked, by clients and from networks.
        network_key: by which networks are told apart and not known.
        tokens: of integrators, looked up a moment ago.
        code_key: by which codes that prove a channel are kept.
        sign_in_key: what the challenges of sign-ins are signed with.
        webhook_key: what the secrets of webhooks are derived from.
    """

    settings: Settings
    planes: Planes
    live: Live
    redis: Redis
    load: Load
    rosters: Rosters
    looks: Looks
    cursors: Cursors
    rates: Rates
    tokens: KnownTokens
    marks: bytes = field(repr=False)
    code_key: bytes = field(repr=False)
    sign_in_key: bytes = field(repr=False)
    webhook_key: bytes = field(repr=False)
    network_key: bytes = field(repr=False)
    sign_on: SignOn
    in_hand: set[bytes] = field(default_factory=set)


@asynccontextmanager
async def wired(settings: Settings) -> AsyncIterator[Wiring]:
    """Open everything, listen for live signals, and close everything at the end."""
    url = settings.database_url.get_secret_value()
    engine = open_engine(url, pool_size=settings.pool_size, application="owncall-api")
    redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=None, socket_connect_timeout=2)
    live = Live(redis)
    listening = asyncio.create_task(live.run())
    try:
        planes = Planes(engine, names.of_login(url), live.ring)
        # This machine's own providers are asked in a demonstration alone.
        sign_on = SignOn(Keys(Fetcher(Reach(may_loop=settings.demo))), Seal.of_login(url))
        yield Wiring(
            settings=settings,
            planes=planes,
            live=live,
            redis=redis,
            load=Load(settings.busy_from),
            rosters=Rosters(),
            looks=Looks(),
            cursors=Cursors.of_login(url),
            rates=Rates(redis, _most(settings)),
            tokens=KnownTokens(),
            marks=keyed.of_login(url, "marks"),
            code_key=keyed.of_login(url, "codes"),
            sign_in_key=keyed.of_login(url, "sign-ins"),
            webhook_key=webhooks.master_key(url),
            network_key=keyed.of_login(url, "networks"),
            sign_on=sign_on,
        )
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await redis.aclose()
        await engine.dispose()


def _most(settings: Settings) -> dict[Counted, int]:
    of_networks = dict.fromkeys((Counted.FAILED, Counted.SIGN_ON), settings.network_a_minute)
    return {Counted.CLIENT: settings.client_a_minute, **of_networks}


async def wiring(connection: HTTPConnection) -> Wiring:
    """Return what the running application holds."""
    found: Wiring = connection.app.state.wiring
    return found
