"""One request to a provider: the address is checked, and the connection goes to what was checked.

No redirects, no cookies, no proxy, no connection kept; an answer is JSON of at most LARGEST bytes within WITHIN_S.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from libs.peer.addresses.reaching import Reach
from libs.peer.addresses.rules import AddressError, Target
from libs.peer.sso import rules
from libs.peer.sso.errors import ProviderAwayError, ProviderUnusableError

WITHIN_S = 8.0
LARGEST = 256 * 1024
_CONNECT_WITHIN_S = 3.0
_OK = 200


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Asks; `reach`: how a connection is made."""

    reach: Reach = field(default_factory=Reach)

    async def get(self, url: str, what: str) -> dict[str, Any]:
        """Ask for a JSON object; `what`: what its address is called, for whoever has to mend it.

        Raises:
            ProviderUnusableError: the address must not be asked, or what came back is no JSON object.
            ProviderAwayError: nobody there, or too slow.
        """
        return await self._ask("GET", url, what, {}, b"")

    async def post(self, url: str, what: str, headers: Mapping[str, str], form: bytes) -> dict[str, Any]:
        """Send a form and return the JSON object that comes back; raises what `get` raises."""
        return await self._ask("POST", url, what, headers, form)

    async def _ask(self, method: str, url: str, what: str, headers: Mapping[str, str], form: bytes) -> dict[str, Any]:
        address = rules.address(url, what, may_loop=self.reach.may_loop)
        try:
            async with asyncio.timeout(WITHIN_S):
                reader, writer = await self.reach.open(address, within_s=_CONNECT_WITHIN_S)
                try:
                    status, content = await _talk(reader, writer, _request(method, address, headers, form), form)
                finally:
                    writer.transport.abort()  # whatever else they would say, nobody listens
        except AddressError as error:
            raise ProviderUnusableError(what, str(error)) from error
        except (OSError, UnicodeError) as error:  # TimeoutError and ssl.SSLError are two of them
            raise ProviderAwayError from error
        except h11.RemoteProtocolError as error:
            raise ProviderUnusableError(what, "What answers there does not speak HTTP as it should.") from error
        if status >= 500:  # noqa: PLR2004 - HTTP: their fault, and it may pass
            raise ProviderAwayError
        if status != _OK:
            raise ProviderUnusableError(what, "It did not answer with 200; redirects are not followed.")
        return _object(content, what)


def _request(method: str, address: Target, headers: Mapping[str, str], form: bytes) -> h11.Request:
    said = {"host": address.authority, "accept": "application/json", "accept-encoding": "identity"}
    said |= {"connection": "close", "user-agent": "OwnCall"} | dict(headers)
    if method == "POST":
        said |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(form))}
    return h11.Request(method=method, target=address.path, headers=list(said.items()))


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, form: bytes
) -> tuple[int, bytes]:
    http = h11.Connection(h11.CLIENT)
    for part in (request, h11.Data(data=form), h11.EndOfMessage()):
        writer.write(http.send(part) or b"")
    await writer.drain()
    status, content = 0, bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(16 * 1024))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            content += event.data
            if len(content) > LARGEST:
                raise h11.RemoteProtocolError("larger than anything that is asked for")
        elif not isinstance(event, h11.InformationalResponse):
            return status, bytes(content)


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProviderUnusableError(what, "What it answers is no JSON.") from error
    if not isinstance(found, dict):
        raise ProviderUnusableError(what, "What it answers is no JSON object.")
    return found
