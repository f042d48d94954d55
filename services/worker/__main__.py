"""`python -m services.worker`: run jobs until told to stop."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack, suppress

import uvloop
from redis.asyncio import Redis

from libs.jobs.table import SIGNAL
from libs.jobs.watch import Watch
from libs.notify.live import Live
from libs.peer import keyed
from libs.peer.addresses.reaching import Reach
from libs.peer.webhooks import rules
from libs.telemetry import memory
from libs.telemetry.alarm import DeadMan
from libs.telemetry.start import start
from libs.tenancy import names
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.worker.courier import DATABASE_POOL, Courier
from services.worker.doorbell import supervise
from services.worker.jobs import with_channels
from services.worker.runner import Runner
from services.worker.schedule import Context
from services.worker.sending import Sender
from services.worker.settings import Settings


async def work(settings: Settings) -> None:
    """Run the claim loop, with the doorbell and the periodic work beside it."""
    url, redis_url = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    async with AsyncExitStack() as stack:
        engine = open_engine(url, pool_size=settings.concurrency + 4, application="owncall-worker")
        stack.push_async_callback(engine.dispose)
        redis = Redis.from_url(redis_url, socket_connect_timeout=2)
        stack.push_async_callback(redis.aclose)
        live = Live(redis)
        planes = Planes(engine, names.of_login(url), live.ring)
        bell = stack.enter_context(live.hear(SIGNAL))
        courier = await _courier(stack, settings)
        declared = with_channels(settings.mail_drop, keyed.of_login(url, "codes"), courier)
        runner = Runner(planes, declared, concurrency=settings.concurrency, bell=bell)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, runner.stop)
        beside = [
            asyncio.create_task(live.run()),
            asyncio.create_task(supervise(redis_url, Context(planes))),
        ]
        memory.settle()
        await runner.run()
        for task in beside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _courier(stack: AsyncExitStack, settings: Settings) -> Courier:
    url = settings.database_url.get_secret_value()
    engine = open_engine(url, pool_size=DATABASE_POOL, application="owncall-webhooks")
    stack.push_async_callback(engine.dispose)
    planes = Planes(engine, names.of_login(url))
    courier = Courier(planes, Sender(Reach(may_loop=settings.webhook_loopback)), rules.master_key(url))
    stack.push_async_callback(courier.stop)
    return courier


def main() -> None:
    """Run until SIGTERM or Ctrl-C; work in hand comes to its end."""
    settings = Settings()
    start("worker", settings)
    dead_man = DeadMan(settings.alarm_url.get_secret_value(), time.monotonic())
    Watch(settings.database_url.get_secret_value(), dead_man).start()
    uvloop.run(work(settings))


if __name__ == "__main__":
    main()
