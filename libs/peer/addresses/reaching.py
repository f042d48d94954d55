"""A connection to an address that a stranger chose: looked up once, and made to what was checked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from libs.peer.addresses import rules
from libs.peer.addresses.rules import AddressError, Target

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Connect = Callable[..., Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

_RESOLVERS = ThreadPoolExecutor(64, "strangers-names")
"""Threads of their own: a stranger's slow name server must not hold up the loop's few, which find Redis again."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, as this machine resolves it."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Reach:
    """How to connect.

    Attributes:
        may_loop: this machine may be reached, without TLS: in a demonstration and in tests alone.
        resolve: from a name to its addresses; asked once for each connection.
        connect: opens a connection to an address, never to a name.
        tls: whose certificates are trusted.
    """

    may_loop: bool = False
    resolve: Resolve = resolved
    connect: Connect = asyncio.open_connection
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    async def open(
        self, target: Target, *, within_s: float, limit: int = 64 * 1024
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to one of the addresses that the name has at this moment, all of which must be allowed.

        Args:
            target: taken apart and checked.
            within_s: seconds for each address.
            limit: bytes that the reader takes at once.

        Whoever answers there must show a certificate for the name; which address it has at this moment proves nothing.

        Raises:
            AddressError: one of them is not; then none is tried.
            ssl.SSLError: who answers cannot show that they are it.
            OSError: nobody answers at any of them.
        """
        found = await self.resolve(target.host, target.port)
        if not found or not all(rules.may_connect(one, may_loop=self.may_loop) for one in found):
            raise AddressError("Its name leads into a network that is not public.")
        more: dict[str, Any] = {"limit": limit}
        more |= {"ssl": self.tls, "server_hostname": target.host} if target.is_tls else {}
        failed: OSError = ConnectionError("nobody answers")
        for one in found:
            try:
                async with asyncio.timeout(within_s):
                    return await self.connect(one, target.port, **more)
            except ssl.SSLError as error:
                failed = error
            except OSError:  # TimeoutError is one of them
                continue
        raise failed
