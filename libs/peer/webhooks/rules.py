"""Addresses that may be sent to, what is sent, how it is signed, and when it is tried again.

Source: Standard Webhooks 1.0.0; docs/decisions/0029-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.peer.webhooks.errors import WebhookAddressError

WAITS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each try; about 76 hours in all."""
JITTER = 0.1
LONGEST_WAIT_S = 86_400
OVERLAP = timedelta(hours=24)
"""For how long the secret before the newest one signs, too."""
KEPT_FOR = timedelta(days=30)
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


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: taken apart once, so that what was checked is what is used."""

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
        url: as the integrator gave it.
        may_loop: this machine may be sent to, without TLS: in a demonstration alone.

    Raises:
        WebhookAddressError: it cannot be used; its detail says why and what to do.
    """
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise WebhookAddressError(f"Use up to {LONGEST_URL} plain characters; write other letters in their xn-- form.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise WebhookAddressError("Begin with https:// and the name of a server.") from error
    if "@" in parts.netloc or parts.fragment:
        raise WebhookAddressError("Leave out user name, password and what follows #.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if may_loop and host in _LOCAL_NAMES:
        return _local(parts, host, port, path)
    if parts.scheme != "https":
        raise WebhookAddressError("Use https://: what is sent says who takes part.")
    port = 443 if port is None else port
    if port not in PORTS:
        raise WebhookAddressError("Use port 443 or 8443; other ports are not sent to.")
    if not _is_name_of_a_server(host):
        raise WebhookAddressError("Name a server that everybody can reach: by its full name, or a public address.")
    return Target(host, port, path, is_tls=True)


def _local(parts: SplitResult, host: str, port: int | None, path: str) -> Target:
    if parts.scheme not in {"http", "https"}:
        raise WebhookAddressError("Begin with http:// or https://.")
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


def may_connect(address: str, *, may_loop: bool) -> bool:
    """Whether a connection to this very address is allowed: public, or loopback where that is said.

    Args:
        address: an IP address, never a name.
        may_loop: this machine may be sent to: in a demonstration alone.
    """
    ip = ip_address(address)
    if may_loop and ip.is_loopback:
        return True
    if isinstance(ip, IPv6Address) and (ip.scope_id is not None or ip not in _GLOBAL_V6):
        return False
    return ip.is_global and not _is_odd(ip)


def _is_odd(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_multicast or ip.is_reserved or any(ip in network for network in _CARRIES_ANOTHER)


def master_key(database_url: str) -> bytes:
    """Return what every webhook's secret is derived from: of the application's login, as the cursors' is."""
    password = unquote(urlsplit(database_url).password or "")
    return HKDF(SHA256(), 32, salt=None, info=b"owncall webhooks 1").derive(password.encode())


def secret(master: bytes, endpoint_id: UUID, version: int) -> bytes:
    """Return an endpoint's secret: derived from the master key, different for each version."""
    info = b"endpoint" + endpoint_id.bytes + version.to_bytes(4, "big")
    return HKDF(SHA256(), 32, salt=None, info=info).derive(master)


def shown(signing: bytes) -> str:
    """Return a secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(signing).decode()


def body(kind: str, happened_at: datetime, subject_id: UUID) -> bytes:
    """Return what is sent: a type, a time, an id. Whoever wants more asks for it, and is let in or not."""
    at = happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": at, "data": {"id": str(subject_id)}}, separators=(",", ":")).encode()


def headers(event_id: UUID, sent_at: datetime, content: bytes, secrets: list[bytes]) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; one signature for each secret that is in force."""
    name, seconds = f"msg_{event_id.hex}", int(sent_at.timestamp())
    signed = f"{name}.{seconds}.".encode() + content
    signatures = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def wait_s(attempt: int, dice: float, retry_after_s: float | None = None) -> float | None:
    """Return the seconds until the next try, or None when there is none.

    Args:
        attempt: how many were made.
        dice: from 0 to 1; spreads the tries of many endpoints.
        retry_after_s: what the other side asked for; never sooner, and a day at most.
    """
    if attempt >= len(WAITS_S):
        return None
    usual = WAITS_S[attempt] * (1 + JITTER * dice)
    return max(usual, min(retry_after_s or 0, LONGEST_WAIT_S))


def retry_after_s(value: str, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or a date; None for anything else."""
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)
