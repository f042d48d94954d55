"""`python -m bench.receiver PORT FILE`: (m)'s integrators; notes what came, writes it when it stops."""

import asyncio
import json
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

import uvloop

SLOW = "/slow"
_SLOW_S = 14.0
_got: list[tuple[str, float]] = []


def read(file: Path) -> list[tuple[str, float]]:
    """Return what came: the path of the address, and seconds from the event to its coming."""
    return [(path, float(took)) for path, took in (line.split() for line in file.read_text().splitlines())]


async def _accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in head if line.startswith("content-length:"))
    body = json.loads(await reader.readexactly(length))
    path = head[0].split()[1]
    _got.append((path, time.time() - datetime.fromisoformat(body["timestamp"]).timestamp()))
    if path == SLOW:
        await asyncio.sleep(_SLOW_S)
    writer.write(b"HTTP/1.1 204 x\r\ncontent-length: 0\r\n\r\n")
    writer.close()


async def _listen(port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await asyncio.start_server(_accept, "127.0.0.1", port, backlog=1000):
        await stop.wait()


def main(port: str, file: str) -> None:
    """Listen until told to stop."""
    uvloop.run(_listen(int(port)))
    Path(file).write_text("".join(f"{path} {took}\n" for path, took in _got))


if __name__ == "__main__":
    main(*sys.argv[1:])
