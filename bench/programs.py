"""The product's own processes, started for real, there to be measured and killed."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ground import Ground
from infra.local import processes
from infra.local.processes import Process

_ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def running(ground: Ground, module: str, *arguments: str, **more: str) -> Iterator[Process]:
    """Run `python -m module` against the ground for as long as the block lasts, unless it is killed in it."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "OWNCALL_DATABASE_URL": ground.login_url,
        "OWNCALL_REDIS_URL": ground.servers.redis_url,
        "OWNCALL_DEMO": "1",
        "OWNCALL_BUSY_FROM": "1000000",
        "OWNCALL_CLIENT_A_MINUTE": "1000000",
        "OWNCALL_NETWORK_A_MINUTE": "1000000",
        **more,
    }
    log = ground.servers.postgres.folder.parent / f"{module}.log"
    process = processes.spawn([sys.executable, "-m", module, *arguments], env=environment, cwd=_ROOT, log=log)
    try:
        yield process
    finally:
        processes.end([(process, signal.SIGTERM)], grace_s=10.0)


def cpu_s(process: Process) -> float:
    """Return the seconds of a core that a process has used so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
