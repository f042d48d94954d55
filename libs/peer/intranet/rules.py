"""From which addresses the roster is seen: places as text, a line each, and whose address a call has.

Source: docs/decisions/0039-the-roster-on-an-intranet.md
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit
from uuid import UUID

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WIDEST = {4: 8, 6: 32}
"""Bits that a network must fix at least, by version: nobody lets in the internet by a slip."""
MOST_LINES = 500
_ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.ASCII)
"""A policy is put together from these: no space, no semicolon, no wildcard."""


@dataclass(frozen=True, slots=True)
class Place:
    """A center, or the region: the networks of its consoles, and the origins of the pages that frame the roster."""

    place_id: UUID
    networks: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


def read(text: str, names: Mapping[str, UUID]) -> tuple[Sequence[Place], Sequence[tuple[int, str]]]:
    """Read places: a line each network or origin, "place, network" or "place, https://intranet.example".

    Args:
        text: as typed; empty lines do not matter.
        names: of the region's centers, and of the region itself, by slug.

    Returns:
        Places by the order of their first line; and faults as (line, code): `shape`, `center`, `network`, `wide`,
        `origin`, `many`. With faults, the places are not to be used.
    """
    found: dict[UUID, Place] = {}
    faults: list[tuple[int, str]] = []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        return (), ((MOST_LINES + 1, "many"),)
    for number, line in enumerate(lines, 1):
        name, _, said = (part.strip().lower() for part in line.partition(","))
        if not name and not said:
            continue
        fault = _fault(name, said, names)
        if fault is not None:
            faults.append((number, fault))
            continue
        place = found.get(names[name], Place(names[name]))
        found[names[name]] = _with(place, said)
    return tuple(found.values()), tuple(faults)


def written(places: Iterable[Place], names: Mapping[UUID, str]) -> str:
    """Return places as text that reads back to them; of a center that has left the region, nothing."""
    return "\n".join(
        f"{names[one.place_id]}, {said}"
        for one in sorted(places, key=lambda one: names.get(one.place_id, ""))
        if one.place_id in names
        for said in (*one.networks, *one.origins)
    )


def place_of(address: Address | None, places: Iterable[Place]) -> Place | None:
    """Return where a browser with this address is: all places whose networks it is in, as one; None when in none."""
    inside = [one for one in places if address is not None and is_in(address, map(ip_network, one.networks))]
    if not inside:
        return None
    return Place(inside[0].place_id, origins=tuple(dict.fromkeys(said for one in inside for said in one.origins)))


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Say whether an address is in one of these."""
    return any(address.version == network.version and address in network for network in networks)


def client_address(
    peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network], *, is_passed_on: bool = False
) -> Address | None:
    """Return whose address a call has; None when nobody can say.

    Args:
        peer: who connected, as the server saw it.
        forwarded: each `X-Forwarded-For` of the call, in order; whoever is not trusted may have written anything.
        trusted: networks of our own proxies.
        is_passed_on: it says in another way that somebody passed it on, which names nobody.
    """
    address = _address(peer or "")
    if address is None or not is_in(address, trusted):
        return None if forwarded or is_passed_on else address
    for hop in reversed([part for line in forwarded for part in line.split(",")]):
        address = _address(hop.strip())
        if address is None or not is_in(address, trusted):
            return address
    return None


def initials(name: str) -> str:
    """Return what stands where a photo would: the first letters of the first and the last part of a name."""
    words = name.split()
    return "".join(word[0] for word in (*words[:1], *words[1:][-1:])).upper()


def _fault(name: str, said: str, names: Mapping[str, UUID]) -> str | None:
    if not name or not said:
        return "shape"
    if name not in names:
        return "center"
    if "://" in said:
        return None if _is_origin(said) else "origin"
    try:
        network = ip_network(said)
    except ValueError:
        return "network"
    return None if network.prefixlen >= WIDEST[network.version] else "wide"


def _is_origin(said: str) -> bool:
    if _ORIGIN.fullmatch(said) is None:
        return False
    try:
        return urlsplit(said).port != 0
    except ValueError:
        return False


def _with(place: Place, said: str) -> Place:
    if "://" in said:
        return Place(place.place_id, place.networks, tuple(dict.fromkeys((*place.origins, said))))
    return Place(place.place_id, tuple(dict.fromkeys((*place.networks, str(ip_network(said))))), place.origins)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket of both versions tells an IPv4 caller as ::ffff:10.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
