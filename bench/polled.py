"""What (e) is compared with: arq alone at its default poll, where asking and paging are two jobs without any work.

`python -m bench.polled <redis address>` is its worker.
"""

import sys
from typing import Any

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import run_worker

CHANNEL = "bench:paged:"
_QUEUE = "bench:queue"


async def connect(redis_url: str) -> ArqRedis:
    """Connect to enqueue."""
    return await create_pool(RedisSettings.from_dsn(redis_url), default_queue_name=_QUEUE)


async def ask(redis: ArqRedis, number: int) -> None:
    """Enqueue the first of the two jobs."""
    await redis.enqueue_job("advance", number)


async def advance(ctx: dict[str, Any], number: int) -> None:
    """Do nothing but ask for the second job."""
    await ctx["redis"].enqueue_job("hand_over", number)


async def hand_over(ctx: dict[str, Any], number: int) -> None:
    """Hand the page over."""
    await ctx["redis"].publish(f"{CHANNEL}{number}", "")


def main(redis_url: str) -> None:
    """Work until told to stop, with every setting at its default."""
    redis_settings = RedisSettings.from_dsn(redis_url)
    settings: Any = {"functions": [advance, hand_over], "redis_settings": redis_settings, "queue_name": _QUEUE}
    run_worker(settings)


if __name__ == "__main__":
    main(sys.argv[1])
