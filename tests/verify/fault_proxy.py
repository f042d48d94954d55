"""A TCP proxy between the application and PostgreSQL: counts messages, delays, cuts and resets."""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time at all: closing sends RST instead of FIN."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often something goes wrong, for each chunk that passes; nothing does by default.

    Attributes:
        delay: share of chunks that are held back, up to `delay_s` seconds.
        cut: share of chunks of which a part passes, then both sides are closed.
        reset: share of chunks at which both sides are reset.
    """

    delay: float = 0.0
    cut: float = 0.0
    reset: float = 0.0
    delay_s: float = 0.02


@dataclass
class FaultProxy:
    """Listens on loopback and passes everything on to one server.

    Attributes:
        faults: may be changed while it runs.
        messages: frontend messages by type since the last `clear()`, first-connect ones left out.
        done: what went wrong, by kind.
    """

    target: tuple[str, int]
    rng: random.Random
    faults: Faults = Faults()
    messages: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    port: int = 0
    ways: set[asyncio.Task[None]] = field(default_factory=set)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        try:
            upstream, downstream = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, downstream)
        ways = [
            asyncio.create_task(self._pass(reader, downstream, pair, _Counting(self.messages))),
            asyncio.create_task(self._pass(upstream, writer, pair, None)),
        ]
        self.ways.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        self.ways.difference_update(ways)
        for end in pair:
            end.close()
            with suppress(OSError):
                await end.wait_closed()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection in, so that `close` finds it."""
        task = asyncio.current_task()
        if task is not None:
            self.serving.add(task)
            task.add_done_callback(self.serving.discard)
        await self.serve(reader, writer)

    async def close(self) -> None:
        """End what is still open, and wait until it is."""
        for way in list(self.ways):
            way.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        counting: "_Counting | None",
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                if counting is not None:
                    counting.feed(chunk)
                passed = await self._suffer(chunk, pair)
                writer.write(passed)
                await writer.drain()
                if len(passed) < len(chunk):
                    return

    async def _suffer(self, chunk: bytes, pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> bytes:
        drawn = self.rng.random()
        if drawn < self.faults.reset:
            self.done["reset"] += 1
            for end in pair:
                raw: socket.socket | None = end.get_extra_info("socket")
                if raw is not None:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.transport.abort()
            return b""
        if drawn < self.faults.reset + self.faults.cut:
            self.done["cut"] += 1
            return chunk[: self.rng.randrange(len(chunk))]
        if drawn < self.faults.reset + self.faults.cut + self.faults.delay:
            self.done["delay"] += 1
            await asyncio.sleep(self.rng.random() * self.faults.delay_s)
        return chunk


class _Counting:
    """Counts a frontend's messages by their type, whatever chunks they come in."""

    def __init__(self, messages: Counter[str]) -> None:
        self._messages = messages
        self._left = b""
        self._is_started = False

    def feed(self, chunk: bytes) -> None:
        self._left += chunk
        while len(self._left) >= 5:
            # The first messages (asking for TLS, the start-up) carry a length and no type.
            head = 1 if self._is_started else 0
            (length,) = struct.unpack("!i", self._left[head : head + 4])
            if len(self._left) < head + length:
                return
            message, self._left = self._left[: head + length], self._left[head + length :]
            if self._is_started:
                self._messages[chr(message[0])] += 1
            elif message[4:8] == struct.pack("!i", 3 << 16):
                self._is_started = True


@asynccontextmanager
async def between(url: str, rng: random.Random, faults: Faults = Faults()) -> AsyncIterator[tuple[FaultProxy, str]]:
    """Open a proxy to the server of `url`; yields it, and the address that leads through it."""
    parts = urlsplit(url)
    proxy = FaultProxy((parts.hostname or "localhost", parts.port or 5432), rng, faults)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    netloc = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{proxy.port}"
    try:
        yield proxy, urlunsplit(parts._replace(netloc=netloc))
    finally:
        server.close()
        await proxy.close()
