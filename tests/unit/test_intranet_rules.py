"""Whose address a call has, and which lines say where the roster is seen."""

from ipaddress import ip_address, ip_network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.intranet import rules
from libs.peer.intranet.rules import Place

_PROXY = (ip_network("10.9.0.0/24"),)
_REGION, _CENTER = UUID(int=1), UUID(int=2)
_NAMES = {"heartland": _REGION, "redbank": _CENTER}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.4.0.7", [], "10.4.0.7"),
        ("::ffff:10.4.0.7", [], "10.4.0.7"),
        ("10.9.0.1", ["10.4.0.7"], "10.4.0.7"),
        ("10.9.0.1", ["8.8.8.8, 10.4.0.7, 10.9.0.2"], "10.4.0.7"),
        ("10.9.0.1", ["10.4.0.7", "8.8.8.8"], "8.8.8.8"),
        ("10.9.0.1", ["10.4.0.7, 8.8.8.8"], "8.8.8.8"),
        ("10.9.0.1", [], None),
        ("10.9.0.1", ["10.9.0.2"], None),
        ("10.9.0.1", ["10.4.0.7, unknown"], None),
        ("10.4.0.7", ["10.4.0.8"], None),
        (None, [], None),
        ("a socket", [], None),
    ],
)
def test_a_header_counts_only_from_a_proxy_that_is_named(
    peer: str | None, forwarded: list[str], address: str | None
) -> None:
    expected = None if address is None else ip_address(address)
    assert rules.client_address(peer, forwarded, _PROXY) == expected


def test_what_is_no_header_of_our_proxies_names_nobody() -> None:
    """A proxy that writes the one header hands the other one through as it came."""
    proxy = str(next(iter(_PROXY[0].hosts())))
    assert rules.client_address(proxy, ["203.0.113.9"], _PROXY, is_passed_on=True) == ip_address("203.0.113.9")
    assert rules.client_address(proxy, [], _PROXY, is_passed_on=True) is None
    assert rules.client_address("10.4.0.7", [], _PROXY, is_passed_on=True) is None


@given(st.ip_addresses(v=4), st.lists(st.ip_addresses().map(str), min_size=1))
def test_whoever_is_not_a_proxy_cannot_say_another_address(peer: object, said: list[str]) -> None:
    if ip_address(str(peer)) not in _PROXY[0]:
        assert rules.client_address(str(peer), [", ".join(said)], _PROXY) is None


def test_lines_read_back_to_what_was_written() -> None:
    text = "redbank, 10.4.0.0/16\n\nHeartland, https://Intranet.example.gov\nredbank, 2001:db8::/32\n"
    places, faults = rules.read(text, _NAMES)
    assert not faults
    assert set(places) == {
        Place(_CENTER, ("10.4.0.0/16", "2001:db8::/32")),
        Place(_REGION, origins=("https://intranet.example.gov",)),
    }
    again, _none = rules.read(rules.written(places, {key: name for name, key in _NAMES.items()}), _NAMES)
    assert set(again) == set(places)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("redbank", "shape"),
        (", 10.4.0.0/16", "shape"),
        ("nowhere, 10.4.0.0/16", "center"),
        ("redbank, 10.4.0.1/16", "network"),
        ("redbank, everywhere", "network"),
        ("redbank, 0.0.0.0/0", "wide"),
        ("redbank, ::/0", "wide"),
        ("redbank, http://intranet.example.gov", "origin"),
        ("redbank, https://*", "origin"),
        ("redbank, https://a.example; script-src *", "origin"),
        ("redbank, https://a.example https://b.example", "origin"),
        ("redbank, https://a.example/page", "origin"),
        ("redbank, https://a.example:99999", "origin"),
        ("\n" * 500 + "redbank, 10.4.0.0/16", "many"),
    ],
)
def test_what_cannot_be_used_is_said(line: str, code: str) -> None:
    _places, faults = rules.read(line, _NAMES)
    assert [fault for _number, fault in faults] == [code]


def test_a_browser_is_framed_only_by_pages_of_its_own_places() -> None:
    wide = Place(_REGION, ("10.0.0.0/8",), ("https://region.example",))
    narrow = Place(_CENTER, ("10.4.0.0/16",), ("https://center.example",))
    assert rules.place_of(ip_address("10.5.0.1"), (wide, narrow)) == Place(_REGION, origins=wide.origins)
    found = rules.place_of(ip_address("10.4.0.1"), (wide, narrow))
    assert found is not None
    assert found.origins == ("https://region.example", "https://center.example")
    assert rules.place_of(ip_address("11.4.0.1"), (wide, narrow)) is None
    assert rules.place_of(ip_address("2001:db8::1"), (wide, narrow)) is None
    assert rules.place_of(None, (wide, narrow)) is None
