"""T13: whatever an address is written as, and whatever a name becomes, nothing connects to where it must not.

A real socket listens on this machine and counts; whatever the sender opens besides is counted, too.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import pytest

from libs.peer.addresses import rules
from libs.peer.addresses.reaching import Reach
from libs.peer.webhooks.models import Fault
from services.worker.sending import NotSentError, Sender
from tests.verify import record

PRIVATE = [
    *("127.0.0.1", "127.1", "127.0.1", "127.127.127.127", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1"),
    *("017700000001", "0x7f.1", "127.0.0.1.", "0", "0.0.0.0", "0x0", "00.00.00.00", "localhost", "LOCALHOST"),  # noqa: S104
    *("localhost.", "10.0.0.1", "10.1", "167772161", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1"),
    *("0xc0a80001", "169.254.169.254", "0xa9fea9fe", "2852039166", "169.254.1", "100.64.0.1", "100.127.255.254"),
    *("192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255", "192.88.99.1", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]", "[fc00::1]", "[fd00::1]"),
    *("[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]", "[5f00::1]", "[3fff::1]"),
    *("127.0.0.1:8443", "1.1.1.1@127.0.0.1", "127.0.0.1#.example.org", "example.org\\@127.0.0.1", "①②⑦.0.0.1"),
]


@dataclass
class Counted:
    """What was opened: by the sender, and at the socket."""

    port: int = 0
    accepted: int = 0
    opened: list[str] = field(default_factory=list)

    async def connect(self, address: str, port: int, **_more: object) -> NoReturn:
        """Open nothing, but remember to where it would have been."""
        self.opened.append(address)
        raise ConnectionRefusedError(port)


@asynccontextmanager
async def _listening(answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> AsyncIterator[Counted]:
    counted = Counted()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counted.accepted += 1
        await reader.read(65536)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    counted.port = server.sockets[0].getsockname()[1]
    async with server:
        yield counted


async def test_no_spelling_of_a_private_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(set(PRIVATE)) >= 60
    async with _listening() as counted:
        # Were ports the only thing between us and the socket, the test would show nothing.
        monkeypatch.setattr(rules, "PORTS", (443, 8443, counted.port))
        for spelling in PRIVATE:
            for scheme in ("https", "http"):
                for url in (f"{scheme}://{spelling}:{counted.port}/", f"{scheme}://{spelling}/"):
                    with pytest.raises(NotSentError) as refused:
                        await Sender().post(url, b"{}", {})
                    assert refused.value.fault is Fault.ADDRESS, url
        assert counted.accepted == 0
    record.note("T13", f"{len(PRIVATE)} spellings of addresses that are not public", "0 connections")


async def test_what_a_name_resolves_to_is_refused_however_it_is_spelled() -> None:
    """The name is fine; the resolver answers with each private address there is, alone and beside a public one."""
    answers = [one.strip("[]") for one in PRIVATE if ":" in one and one.endswith("]") and "%" not in one]
    answers += ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"]  # noqa: S104
    counted = Counted()
    for address in answers:
        for found in ([address], ["1.1.1.1", address], [address, "1.1.1.1"]):

            async def resolve(_host: str, _port: int, found: Sequence[str] = tuple(found)) -> Sequence[str]:
                return found

            with pytest.raises(NotSentError) as refused:
                await Sender(Reach(resolve=resolve, connect=counted.connect)).post(
                    "https://hooks.example.org/", b"{}", {}
                )
            assert refused.value.fault is Fault.ADDRESS, found
    assert counted.opened == []


async def test_a_name_that_is_another_one_the_second_time_gains_nothing() -> None:
    counted, asked = Counted(), 0

    async def rebinding(_host: str, _port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ["1.1.1.1"] if asked == 1 else ["127.0.0.1"]

    sender = Sender(Reach(resolve=rebinding, connect=counted.connect))
    with pytest.raises(NotSentError) as first:
        await sender.post("https://hooks.example.org/", b"{}", {})
    assert (first.value.fault, asked, counted.opened) == (Fault.CONNECTION, 1, ["1.1.1.1"])
    with pytest.raises(NotSentError) as second:
        await sender.post("https://hooks.example.org/", b"{}", {})
    assert (second.value.fault, counted.opened) == (Fault.ADDRESS, ["1.1.1.1"])
    record.note("T13", "a name that becomes another address between two looks", "0 connections to it")


async def test_a_redirect_is_an_answer_and_nobody_follows_it() -> None:
    async with _listening() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            said = f"HTTP/1.1 {status} x\r\nlocation: http://127.0.0.1:{elsewhere.port}/\r\n\r\n".encode()
            async with _listening(said) as first:
                answer = await Sender(Reach(may_loop=True)).post(f"http://127.0.0.1:{first.port}/", b"{}", {})
                assert (answer.status, first.accepted) == (status, 1)
        assert elsewhere.accepted == 0
    record.note("T13", "5 kinds of redirects", "0 followed")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"x" * 70_000,
        b"HTTP/1.1 100 c\r\n\r\n" * 9,
    ],
)
async def test_what_is_no_http_is_a_failure(answer: bytes) -> None:
    async with _listening(answer) as there:
        with pytest.raises(NotSentError) as refused:
            await Sender(Reach(may_loop=True)).post(f"http://127.0.0.1:{there.port}/", b"{}", {})
    assert refused.value.fault in {Fault.ANSWER, Fault.CONNECTION}


async def test_a_body_without_end_is_not_read() -> None:
    async with _listening(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000) as there:
        answer = await Sender(Reach(may_loop=True)).post(f"http://127.0.0.1:{there.port}/", b"{}", {})
    assert answer.status == 200
