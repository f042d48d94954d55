"""`python -m services.registrar`: make what program managers asked for, until told to stop.

Of everything that runs, this process alone holds the owner's address. It listens on no port and takes its orders from
one table, which row-level security lets a program fill for its own region alone.

Source: docs/decisions/0009-registrar.md
"""

import asyncio
import signal
from contextlib import AsyncExitStack, suppress

from redis.asyncio import Redis

from libs.notify.live import Live
from libs.peer.agencies.actions import SIGNAL
from libs.telemetry.start import start
from libs.tenancy import names
from services.registrar.loop import Loop
from services.registrar.settings import Settings


async def work(settings: Settings) -> None:
    """Run the loop, with the bell beside it."""
    async with AsyncExitStack() as stack:
        redis = Redis.from_url(settings.redis_url.get_secret_value(), socket_connect_timeout=2)
        stack.push_async_callback(redis.aclose)
        live = Live(redis)
        bell = stack.enter_context(live.hear(SIGNAL))
        roles = names.of_login(settings.database_url.get_secret_value())
        loop = Loop(settings.owner_database_url.get_secret_value(), roles, bell=bell, ring=live.ring)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, loop.stop)
        listening = asyncio.create_task(live.run())
        await loop.run()
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


def main() -> None:
    """Run until SIGTERM or Ctrl-C; the agency in hand comes to its end."""
    settings = Settings()
    start("registrar", settings)
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
