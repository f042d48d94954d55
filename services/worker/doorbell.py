"""arq beside the claim loop, supervised: it carries the periodic work, and dies and returns with Redis.

The bell itself is a live signal (`jobs`) that wakes the claim loop; arq never carries a request.

Source: docs/decisions/0005-jobs.md
"""

import asyncio
import json
import logging
from typing import Any

import structlog
from arq.connections import RedisSettings
from arq.worker import Worker
from redis.exceptions import RedisError

from services.worker.schedule import PERIODIC, Context

log = structlog.get_logger()

_AGAIN_S = 2.0


async def supervise(redis_url: str, context: Context) -> None:
    """Run arq until cancelled; its main loop ends on a Redis error and is started again."""
    logging.getLogger("arq").setLevel(logging.WARNING)
    while True:
        worker = Worker(
            cron_jobs=PERIODIC,
            redis_settings=_settings(redis_url),
            ctx={"owncall": context},
            handle_signals=False,
            keep_result=0,
            poll_delay=0.5,
            job_serializer=_to_json,
            job_deserializer=json.loads,
        )
        try:
            await worker.async_run()
        except (RedisError, OSError) as error:
            log.warning("doorbell_away", error=type(error).__name__)
        finally:
            await _close(worker)
        await asyncio.sleep(_AGAIN_S)


def _settings(redis_url: str) -> RedisSettings:
    settings = RedisSettings.from_dsn(redis_url)
    settings.conn_retries = 0
    return settings


def _to_json(job: dict[str, Any]) -> bytes:
    return json.dumps(job, default=str).encode()


async def _close(worker: Worker) -> None:
    try:
        await worker.close()
    except (RedisError, OSError, AttributeError) as error:
        log.warning("doorbell_away", error=type(error).__name__)
