"""One POST to an address that a stranger chose: the address is checked, and the connection goes to what was checked.

No redirects, no body read, no connection kept. The worker's own egress should refuse private networks besides.

Source: docs/decisions/0029-webhooks.md
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from libs.peer.webhooks import rules
from libs.peer.webhooks.errors import WebhookAddressError
from libs.peer.webhooks.models import Fault
from libs.peer.webhooks.rules import Target

TIMEOUT_S = 15.0
_CONNECT_WITHIN_S = 5.0
_LARGEST_HEAD = 16 * 1024
_MOST_INTERIM = 5
_RESOLVERS = ThreadPoolExecutor(64, "webhook-names")
"""Threads of their own: a stranger's slow name server must not hold up the loop's few, which find Redis again."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Connect = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and when to try again, nothing else."""

    status: int
    retry_after: str = ""


class NotSentError(Exception):
    """It did not go through.

    Args:
        fault: why, of a list.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as this machine resolves it."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends.

    Attributes:
        may_loop: this machine may be sent to, without TLS: in a demonstration alone.
        resolve: from a name to its addresses; asked once for each attempt.
        connect: opens a connection to an address, never to a name.
        tls: whose certificates are trusted.
    """

    may_loop: bool = False
    resolve: Resolve = resolved
    connect: Connect = asyncio.open_connection
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send JSON to an address, and return the status of the answer.

        Raises:
            NotSentError: the address is refused, nobody is there, it took too long, or what came back is no HTTP.
        """
        try:
            target = rules.target(url, may_loop=self.may_loop)
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(target, content, headers)
        except WebhookAddressError as error:
            raise NotSentError(Fault.ADDRESS) from error
        except TimeoutError as error:
            raise NotSentError(Fault.TIMEOUT) from error
        except (OSError, UnicodeError) as error:
            raise NotSentError(Fault.CONNECTION) from error

    async def _post(self, target: Target, content: bytes, headers: Mapping[str, str]) -> Answer:
        reader, writer = await self._open(target)
        try:
            writer.write(_request(target, content, headers))
            await writer.drain()
            return await _answer(reader)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NotSentError(Fault.ANSWER) from error
        finally:
            # Whatever else they would say, nobody listens.
            writer.transport.abort()

    async def _open(self, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to one of the addresses that the name has at this moment, all of which must be allowed.

        Raises:
            NotSentError: one of them is not; then none is tried.
            OSError: nobody answers at any of them.
        """
        addresses = await self.resolve(target.host, target.port)
        if not addresses or not all(rules.may_connect(one, may_loop=self.may_loop) for one in addresses):
            raise NotSentError(Fault.ADDRESS)
        more: dict[str, Any] = {"limit": _LARGEST_HEAD}
        more |= {"ssl": self.tls, "server_hostname": target.host} if target.is_tls else {}
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_WITHIN_S):
                    return await self.connect(address, target.port, **more)
            except OSError:  # TimeoutError and ssl.SSLError are two of them
                continue
        raise NotSentError(Fault.CONNECTION)


def _request(target: Target, content: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"host: {target.authority}",
        "user-agent: OwnCall-Webhooks/1",
        "content-type: application/json",
        f"content-length: {len(content)}",
        "connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + content


async def _answer(reader: asyncio.StreamReader) -> Answer:
    for _ in range(_MOST_INTERIM):
        head = await reader.readuntil(b"\r\n\r\n")
        found = _STATUS.match(head)
        if found is None:
            break
        status = int(found[1])
        if status >= 200:  # noqa: PLR2004 - HTTP: below it, the answer is still to come
            return Answer(status, _retry_after(head))
    raise NotSentError(Fault.ANSWER)


def _retry_after(head: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"retry-after":
            return value.decode("latin-1").strip()
    return ""
