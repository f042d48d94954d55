"""Which addresses that a stranger chose may be asked or sent to: one answer for webhooks and single sign-on.

Source: docs/decisions/0028-single-sign-on.md, docs/decisions/0029-webhooks.md
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

PORTS = (443, 8443)
LONGEST_URL = 500

_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN = re.compile(r"[!-~]+")
_CARRIES_ANOTHER = tuple(
    ip_network(one)
    for one in (
        "::/96",  # IPv4-compatible, loopback, unspecified
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of one network's own
        "2001::/23",  # Teredo and what else IETF assigns
        "2002::/16",  # 6to4
        "3fff::/20",  # examples, which an older Python calls global
        "192.88.99.0/24",  # 6to4 relays
    )
)
"""Networks that lead somewhere else, an IPv4 address of a private network for one, and that Python may call global."""
_GLOBAL_V6 = ip_network("2000::/3")


class AddressError(ValueError):
    """An address that cannot be used; its text says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go: taken apart once, so that what was checked is what is used."""

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self) -> str:
        """What `Host` says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_tls else 80
        return name if self.port == usual else f"{name}:{self.port}"


def target(url: str, *, may_loop: bool) -> Target:
    """Take an address apart.

    Args:
        url: as a stranger gave it.
        may_loop: this machine may be meant, without TLS: in a demonstration and in tests alone.

    Raises:
        AddressError: it cannot be used.
    """
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise AddressError(f"Use up to {LONGEST_URL} plain characters; write other letters in their xn-- form.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise AddressError("Begin with https:// and the name of a server.") from error
    if "@" in parts.netloc or "#" in url:
        raise AddressError("Leave out user name, password and what follows #.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if may_loop and host in _LOCAL_NAMES:
        return _local(parts, host, port, path)
    if parts.scheme != "https":
        raise AddressError("Begin with https:// and the name of a server.")
    port = 443 if port is None else port
    if port not in PORTS:
        raise AddressError("Use port 443 or 8443; no other port is used.")
    if not _is_name_of_a_server(host):
        raise AddressError("Name a server that everybody can reach: by its full name, or a public address.")
    return Target(host, port, path, is_tls=True)


def may_connect(address: str, *, may_loop: bool) -> bool:
    """Whether a connection to this very address is allowed: public, or loopback where that is said.

    Args:
        address: an IP address, never a name.
        may_loop: as for `target`.
    """
    ip = ip_address(address)
    if may_loop and ip.is_loopback:
        return True
    if isinstance(ip, IPv6Address) and (ip.scope_id is not None or ip not in _GLOBAL_V6):
        return False
    return ip.is_global and not _is_odd(ip)


def _local(parts: SplitResult, host: str, port: int | None, path: str) -> Target:
    if parts.scheme not in {"http", "https"}:
        raise AddressError("Begin with http:// or https://.")
    is_tls = parts.scheme == "https"
    return Target(host, port or (443 if is_tls else 80), path, is_tls=is_tls)


def _is_name_of_a_server(host: str) -> bool:
    """Whether it is a full name, or a public address as everybody writes it; 127.1 and 0x7f000001 are neither."""
    try:
        ip_address(host)
    except ValueError:
        is_numeric = bool(_NUMBER.fullmatch(host.rpartition(".")[2]))
        return bool(_NAME.fullmatch(host)) and not is_numeric and host.rpartition(".")[2] != "localhost"
    return may_connect(host, may_loop=False)


def _is_odd(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_multicast or ip.is_reserved or any(ip in network for network in _CARRIES_ANOTHER)
