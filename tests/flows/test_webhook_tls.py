"""T13: a connection goes to the address that was checked; who answers there is judged by the name, over real TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from libs.peer.addresses.reaching import Reach
from libs.peer.webhooks.models import SAYS, Fault
from services.worker.courier import Courier
from services.worker.sending import NotSentError, Sender
from tests import receiving
from tests.verify import record
from tests.world import World

NAME, PINNED = "hooks.example.org", "93.184.215.14"
URL = f"https://{NAME}/in"
AUTHORITY, STRANGER = trustme.CA(), trustme.CA()
_PAST = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 - what OpenSSL looks at


@dataclass
class Server:
    """A real HTTPS server on this machine, that stands in for the one at the pinned address."""

    port: int = 0
    names: list[str | None] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def resolve(self, host: str, _port: int) -> Sequence[str]:
        """Look the name up, once for each connection."""
        assert host == NAME
        return [PINNED]

    async def connect(
        self,
        address: str,
        port: int,
        **more: object,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Lead the one address to this machine: all that a test's network does."""
        self.connected.append((address, port))
        return await asyncio.open_connection("127.0.0.1", self.port, **more)  # type: ignore[arg-type]  # passed on

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        self.bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 x\r\n\r\n")
        writer.close()

    def reach(self, authority: trustme.CA | None = AUTHORITY) -> Reach:
        """How the product reaches it, when it trusts an authority; None: as it comes, whom the system trusts."""
        made = Reach(resolve=self.resolve, connect=self.connect)
        if authority is None:
            return made
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        return replace(made, tls=trusting)


async def _greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak first, and no TLS."""
    writer.write(b"SSH-2.0-x\r\n")
    writer.close()


@asynccontextmanager
async def _serving(certificate: trustme.LeafCert | None) -> AsyncIterator[Server]:
    server, context = Server(), None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: server.names.append(name)
    listening = await asyncio.start_server(server.accept if context else _greet, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


async def test_the_name_is_asked_for_and_judged_though_the_connection_goes_to_the_pinned_address() -> None:
    async with _serving(AUTHORITY.issue_cert(NAME)) as server:
        answer = await Sender(server.reach()).post(URL, b"{}", {})
    assert (answer.status, server.bodies) == (204, [b"{}"])
    assert server.connected == [(PINNED, 443)], "an address, never a name that would be looked up again"
    assert server.names == [NAME]


def _by_itself() -> trustme.LeafCert:
    return trustme.LeafCert(STRANGER.private_key_pem.bytes(), STRANGER.cert_pem.bytes(), [])


REFUSED: dict[str, tuple[Callable[[], trustme.LeafCert | None], Fault]] = {
    "of another name": (lambda: AUTHORITY.issue_cert("another.example.org"), Fault.ANOTHER_NAME),
    "of a name below": (lambda: AUTHORITY.issue_cert(f"below.{NAME}"), Fault.ANOTHER_NAME),
    "of the pinned address": (lambda: AUTHORITY.issue_cert(PINNED), Fault.ANOTHER_NAME),
    "expired": (lambda: AUTHORITY.issue_cert(NAME, not_after=_PAST), Fault.EXPIRED),
    "of an authority that nobody knows": (lambda: STRANGER.issue_cert(NAME), Fault.UNTRUSTED),
    "signed by itself": (_by_itself, Fault.UNTRUSTED),
    "no TLS at all": (lambda: None, Fault.NO_TLS),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_who_cannot_show_that_they_are_it_gets_nothing(kind: str) -> None:
    make, fault = REFUSED[kind]
    async with _serving(make()) as server:
        with pytest.raises(NotSentError) as refused:
            await Sender(server.reach()).post(URL, b"{}", {})
    assert (refused.value.fault, server.bodies) == (fault, [])
    assert len(server.connected) == 1
    record.note("T13", f"a server with a certificate {kind}", "0 bytes sent to it")


async def test_a_certificate_that_the_authority_of_a_test_signed_is_worth_nothing_to_the_product_as_it_comes() -> None:
    async with _serving(AUTHORITY.issue_cert(NAME)) as server:
        with pytest.raises(NotSentError) as refused:
            await Sender(server.reach(authority=None)).post(URL, b"{}", {})
    assert (refused.value.fault, server.bodies) == (Fault.UNTRUSTED, [])


async def test_the_log_says_in_words_what_was_wrong_and_what_to_do(world: World, courier: Courier) -> None:
    client = await receiving.client(world)
    made = await client.post("/v1/webhooks", json={"url": URL, "event_types": receiving.ALL}, headers=receiving.key())
    endpoint = made.json()
    async with _serving(AUTHORITY.issue_cert(NAME, not_after=_PAST)) as server:
        courier.sender = Sender(server.reach())
        assert (await client.post(f"/v1/webhooks/{endpoint['id']}/test")).status_code == 202
        await receiving.settle(world, courier)
    (told,) = await receiving.log(client, endpoint)
    assert (told["outcome"], told["last_fault"]) == ("waiting", "certificate_expired")
    assert told["last_fault_says"] == SAYS[Fault.EXPIRED]
    assert "expired" in told["last_fault_says"]
    async with _serving(AUTHORITY.issue_cert(NAME)) as server:
        courier.sender = Sender(server.reach())
        await world.advance(minutes=1)
        await courier.rest()
    (told,) = await receiving.log(client, endpoint)
    assert (told["outcome"], told["last_fault_says"], len(server.bodies)) == ("delivered", None, 1)


def test_each_fault_is_said_in_words() -> None:
    assert SAYS.keys() == set(Fault)
