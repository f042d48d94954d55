"""Looking for what must not be there, in whatever spelling, and the places where it would be."""

import base64
import gzip
import html
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from redis.asyncio import Redis

from tests.databases import Copy


def spellings(word: str) -> dict[str, bytes]:
    """Every way in which a word may lie around, by name; those that ignore case are lower."""
    raw = word.encode()
    found = {
        "plain": raw,
        "json": json.dumps(word)[1:-1].encode(),
        "url": quote(word, safe="").lower().encode(),
        "form": quote_plus(word).lower().encode(),
        "html": html.escape(word).encode(),
        "hex": raw.hex().encode(),
        "utf-16": word.encode("utf-16-le"),
        "backslashes": raw.decode("latin-1").encode("unicode_escape"),
    }
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)[(0, 2, 3)[offset] : (offset + len(raw)) * 8 // 6]
        found[f"base64 at {offset}"] = encoded
        found[f"base64url at {offset}"] = encoded.replace(b"+", b"-").replace(b"/", b"_")
    return found


def hits(words: Iterable[str], sinks: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    """Return each word that is in a sink: the word, its spelling, the sink."""
    lowered = {name: content.lower() for name, content in sinks.items()}
    return [
        (word, spelling, sink)
        for word in words
        for spelling, needle in spellings(word).items()
        for sink in sinks
        if needle in (lowered[sink] if spelling in {"url", "form", "hex"} else sinks[sink])
    ]


@dataclass
class Receiver:
    """Stands where Sentry, the collector of traces and the operators' pager would: keeps all that it is sent."""

    port: int
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def of(self, beginning: str) -> bytes:
        """What came to paths that begin so."""
        return b"\n".join(body for path, body in self.taken if path.startswith(beginning))


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port for as long as the block lasts."""
    made = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            made.taken.append((self.path, f"{self.path}\n{self.headers}\n".encode() + body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def monitor(redis: Redis, heard: list[str]) -> None:
    """Write down every command that Redis is given, until cancelled."""
    async with redis.monitor() as monitor:
        async for command in monitor.listen():
            heard.append(json.dumps(command, default=str))  # noqa: PERF401 - cut short, what was heard must be there


async def redis_dump(redis: Redis) -> bytes:
    """Read every key, each by its type: a binary dump may be compressed."""
    read: dict[bytes, Callable[[Any], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"stream": redis.xrange,
    }
    kept: Any = redis
    lines = [repr((key, await read[await kept.type(key)](key))) async for key in kept.scan_iter()]
    return "\n".join(lines).encode()


async def postgres_log(copy: Copy) -> Path:
    """Find the log of the run's server."""
    place = Path(await copy.superuser.fetchval("SHOW data_directory"))
    return next(log for parent in place.parents if (log := parent / "servers.log").exists())
