"""One POST to an address that a stranger chose: the address is checked, and the connection goes to what was checked.

No redirects, no body read, no connection kept. The worker's own egress should refuse private networks besides.

Source: docs/decisions/0029-webhooks.md
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from libs.peer.addresses.reaching import Reach
from libs.peer.addresses.rules import AddressError, Target
from libs.peer.webhooks import rules
from libs.peer.webhooks.errors import WebhookAddressError
from libs.peer.webhooks.models import Fault

TIMEOUT_S = 15.0
_CONNECT_WITHIN_S = 5.0
_LARGEST_HEAD = 16 * 1024
_MOST_INTERIM = 5
_CERTIFICATE = {
    9: Fault.EXPIRED,
    10: Fault.EXPIRED,
    62: Fault.ANOTHER_NAME,
    64: Fault.ANOTHER_NAME,
}
"""OpenSSL's X509_V_ERR_…: not yet valid, expired, another host name, another address. Of any other nobody vouches."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")


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


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends; `reach`: how a connection is made."""

    reach: Reach = field(default_factory=Reach)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send JSON to an address, and return the status of the answer.

        Raises:
            NotSentError: the address is refused, nobody is there, it took too long, or what came back is no HTTP.
        """
        try:
            target = rules.target(url, may_loop=self.reach.may_loop)
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(target, content, headers)
        except (WebhookAddressError, AddressError) as error:
            raise NotSentError(Fault.ADDRESS) from error
        except TimeoutError as error:
            raise NotSentError(Fault.TIMEOUT) from error
        except ssl.SSLError as error:
            raise NotSentError(_of_tls(error)) from error
        except (OSError, UnicodeError) as error:
            raise NotSentError(Fault.CONNECTION) from error

    async def _post(self, target: Target, content: bytes, headers: Mapping[str, str]) -> Answer:
        reader, writer = await self.reach.open(target, within_s=_CONNECT_WITHIN_S, limit=_LARGEST_HEAD)
        try:
            writer.write(_request(target, content, headers))
            await writer.drain()
            return await _answer(reader)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NotSentError(Fault.ANSWER) from error
        finally:
            # Whatever else they would say, nobody listens.
            writer.transport.abort()


def _of_tls(error: ssl.SSLError) -> Fault:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Fault.NO_TLS
    return _CERTIFICATE.get(error.verify_code, Fault.UNTRUSTED)


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
