"""(h) The nation: every active primary of the FCC's registry by one command, killed twice and resumed."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import asyncpg

from bench.ground import ROLES, Ground
from bench.report import Figure, Section, Table
from libs.tenancy import migrate
from services.cli import demo, registry

REACH_S = 360.0
REACH_MB = 400
_ROOT = Path(__file__).parents[1]
_QUICK = ("--state", "WY", "--region", "bench-nation")
_WHOLE = ("--all", "--region-per-state")
_KILLED_AT = (0.3, 0.6)


async def run(ground: Ground) -> Section:
    """Onboard all of them, with commits that wait for the disk."""
    ground.make_durable(True)
    async with migrate.owner_connection(ground.url(ROLES.owner)) as owner:
        await registry.import_file(owner, demo.REGISTRY_FILE)
        wanted = await owner.fetchval(
            "SELECT count(*) FROM shared.psap_catalogue WHERE standing = 'active_primary' AND ($1 OR state = 'WY')",
            not ground.sizes.is_quick,
        )
    await _owncall(ground, "region", "create", "bench-nation", "Bench")
    began_at, largest_mb, rows = time.perf_counter(), 0.0, []
    for share in (*_KILLED_AT, 1.0):
        started_at = time.perf_counter()
        count, peak_mb = await _until(ground, int(wanted * share), is_last=share == 1.0)
        largest_mb = max(largest_mb, peak_mb)
        rows.append((f"{count:,}", f"{time.perf_counter() - started_at:.0f}", f"{peak_mb:.0f}"))
    seconds = time.perf_counter() - began_at
    section = Section("h", "The nation by one command")
    section.sizes = f"{wanted:,} active primaries, a region a state, killed with -9 twice and begun again"
    section.tables.append(Table(("agencies after", "seconds", "peak MB"), rows))
    section.figures += [
        Figure("all of them", f"≤ {REACH_S:.0f} s", f"{seconds:.0f} s", seconds <= REACH_S),
        Figure("memory of the command", f"≤ {REACH_MB} MB", f"{largest_mb:.0f} MB", largest_mb <= REACH_MB),
        Figure("there in the end", f"{wanted:,}", f"{count:,}", count == wanted),
    ]
    return section


async def _until(ground: Ground, share: int, *, is_last: bool) -> tuple[int, float]:
    """Run the command until so many are there, then kill it; the last time to its end.

    Returns:
        How many are there, and the command's largest memory in MB.
    """
    which = _QUICK if ground.sizes.is_quick else _WHOLE
    process = await _begin(ground, "agency", "onboard", *which, "--yes")
    peak_mb = 0.0
    async with ground.connected() as connection:
        while process.returncode is None:
            peak_mb = max(peak_mb, _peak_mb(process.pid))
            count = await _count(connection)
            if not is_last and count >= share:
                os.kill(process.pid, signal.SIGKILL)
                await process.wait()
            await asyncio.sleep(0.1)
        return await _count(connection), peak_mb


async def _count(connection: asyncpg.Connection) -> int:
    of_the_registry = "SELECT count(*) FROM shared.agency JOIN shared.psap_catalogue ON psap_id = fcc_id"
    return int(await connection.fetchval(of_the_registry))


def _peak_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


async def _owncall(ground: Ground, *words: str) -> None:
    await (await _begin(ground, *words)).wait()


async def _begin(ground: Ground, *words: str) -> asyncio.subprocess.Process:
    environment = {
        "PATH": "/usr/bin:/bin",
        "OWNCALL_OWNER_DATABASE_URL": ground.url(ROLES.owner),
        "OWNCALL_DATABASE_URL": ground.login_url,
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *words),
        cwd=_ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
