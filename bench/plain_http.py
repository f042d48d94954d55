"""A client of a few lines over one kept connection: what measures must not be what is measured."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

_SILENT_S = 3.0
"""uvicorn ends connections that are silent for five seconds."""


class Connection:
    """One kept HTTP/1.1 connection to our own API."""

    def __init__(self, base: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = urlsplit(base).netloc
        self._reader, self._writer = reader, writer

    async def post(self, path: str, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
        """POST and read the whole answer; returns status and body."""
        await self.send(path, body, kind)
        status, headers = await self._head()
        return status, await self._reader.readexactly(int(headers[b"content-length"]))

    async def get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """GET and read the whole answer; returns status and body."""
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n{more}\r\n".encode())
        await self._writer.drain()
        status, told = await self._head()
        return status, await self._reader.readexactly(int(told[b"content-length"]))

    async def send(self, path: str, body: bytes, kind: str) -> None:
        """Send a POST, without waiting for the answer."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        await self._writer.drain()

    async def events(self, path: str, body: bytes) -> AsyncIterator[bytes]:
        """POST a form and yield each event of the stream that answers, as it comes."""
        await self.send(path, body, "application/x-www-form-urlencoded")
        status, _headers = await self._head()
        if status != 200:  # noqa: PLR2004 - HTTP
            raise ConnectionError(f"the stream was answered {status}")
        while True:
            event = await self._reader.readuntil(b"\n\n")
            if b"event:" in event:
                yield event

    async def _head(self) -> tuple[int, dict[bytes, bytes]]:
        lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        pairs = (line.partition(b":") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


@asynccontextmanager
async def connected(base: str) -> AsyncIterator[Connection]:
    """Connect to the API at `base`."""
    where = urlsplit(base)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=2**20)
    try:
        yield Connection(base, reader, writer)
    finally:
        writer.close()


class Connections:
    """Kept connections, as many as are in use at once, for callers who come by the clock."""

    def __init__(self, base: str, stack: AsyncExitStack) -> None:
        self._base, self._stack = base, stack
        self._free: list[tuple[float, Connection]] = []

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST over a connection that nobody uses; returns status and body."""
        connection = self._kept()
        if connection is None:
            connection = await self._stack.enter_async_context(connected(self._base))
        answer = await connection.post(path, body)
        self._free.append((time.monotonic(), connection))
        return answer

    def _kept(self) -> Connection | None:
        while self._free:
            used_at, connection = self._free.pop()
            if time.monotonic() - used_at < _SILENT_S:
                return connection
        return None


def as_json(value: dict[str, Any]) -> bytes:
    """Return a body."""
    return json.dumps(value).encode()
