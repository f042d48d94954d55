"""What (i) measures: a worker of ours whose only job notes which timer it ran and when.

`python -m bench.timed <file>` is that worker; it writes the file when it is told to stop.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path
from uuid import UUID

import uvloop

from libs.jobs.declare import job
from libs.tenancy import names
from libs.tenancy.directory import RegionRef
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.worker.runner import Runner
from services.worker.settings import Settings

KIND = "bench.timer"
_ran: list[tuple[UUID, float]] = []


@job(KIND, timeout_s=5, attempts=20)
async def timer(_planes: Planes, _region: RegionRef, subject_id: UUID) -> None:
    """Note that it ran."""
    _ran.append((subject_id, time.time()))


def read(file: Path) -> list[tuple[UUID, float]]:
    """Return what a worker noted: subject, seconds of the wall clock."""
    return [(UUID(line.split()[0]), float(line.split()[1])) for line in file.read_text().splitlines()]


async def _work() -> None:
    settings = Settings()
    url = settings.database_url.get_secret_value()
    engine = open_engine(url, pool_size=settings.concurrency + 4, application="owncall-bench")
    # Nobody rings: timers are found by the clock.
    planes = Planes(engine, names.of_login(url))
    runner = Runner(planes, [timer], concurrency=settings.concurrency, bell=asyncio.Event())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runner.stop)
    await runner.run()
    await engine.dispose()


def main(file: Path) -> None:
    """Work until told to stop."""
    uvloop.run(_work())
    file.write_text("".join(f"{subject} {at}\n" for subject, at in _ran))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
