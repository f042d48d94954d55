"""Which addresses of a provider may be asked, how long things live, and what a configuration must say.

Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 9207; RFC 9700; docs/decisions/0028-single-sign-on.md
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from libs.peer.sso.errors import ProviderUnusableError

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What may sign: a public key of the provider's alone. Neither `none` nor a shared secret."""
CLOCKS_DIFFER_S = 60
TOKEN_IS_NEW_S = 600
"""An ID or logout token was made within this time; an older one is somebody's copy."""
KEYS_KEPT_S = 600.0
KEYS_ASKED_AGAIN_S = 10.0
"""An unknown key has the provider asked anew, but not more often than this: forged tokens cost them nothing."""
LONGEST_URL = 500
LONGEST_SUBJECT = 255
SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 8192
"""A larger one would keep us busy, and nobody safer."""

_PORTS = (443, 8443)
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}
_PLAIN = re.compile(r"[!-~]+")
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_GLOBAL_V6 = ip_network("2000::/3")
_CARRIES_ANOTHER = tuple(ip_network(one) for one in ("2001::/23", "2002::/16", "192.88.99.0/24"))
"""Networks that lead somewhere else, and that Python may call global: Teredo, 6to4 and its relays."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask: taken apart once, so that what was checked is what is used."""

    host: str
    port: int
    path: str
    is_tls: bool

    @property
    def authority(self) -> str:
        """What `Host` says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_tls else 80) else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider's configuration says, checked.

    Attributes:
        names_itself: it puts `iss` into every answer (RFC 9207), so that one without is not its own.
        takes_basic: the client's secret goes into the Authorization header, else into the form.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    takes_basic: bool


def address(url: object, field: str, *, may_loop: bool) -> Address:
    """Take an address apart.

    Args:
        url: as somebody typed it, or as a configuration says it.
        field: what it is called there.
        may_loop: this machine may be asked, without TLS: in a demonstration and in tests alone.

    Raises:
        ProviderUnusableError: it cannot be used; it names the field and the fix.
    """
    if not isinstance(url, str) or len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise ProviderUnusableError(field, f"Give an address that begins with https://, up to {LONGEST_URL} letters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ProviderUnusableError(field, "Begin with https:// and the name of a server.") from error
    if "@" in parts.netloc or "#" in url:
        raise ProviderUnusableError(field, "Leave out user name, password and what follows #.")
    is_tls = parts.scheme == "https"
    is_local = may_loop and host in _LOCAL_NAMES and parts.scheme in {"http", "https"}
    if not is_local and (not is_tls or (port or 443) not in _PORTS or not _NAME.fullmatch(host)):
        raise ProviderUnusableError(field, "Use https://, the full name of a public server, and port 443 or 8443.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(host, port or (443 if is_tls else 80), path, is_tls)


def may_connect(ip_text: str, *, may_loop: bool) -> bool:
    """Whether a connection to this very address is allowed: public, or loopback where that is said."""
    ip = ip_address(ip_text)
    if may_loop and ip.is_loopback:
        return True
    if isinstance(ip, IPv6Address) and (ip.scope_id is not None or ip not in _GLOBAL_V6):
        return False
    is_odd = ip.is_multicast or ip.is_reserved or any(ip in network for network in _CARRIES_ANOTHER)
    return ip.is_global and not is_odd


def configuration_url(issuer: str) -> str:
    """Return where an issuer describes itself.

    Raises:
        ProviderUnusableError: an issuer with a query is none.
    """
    if "?" in issuer:
        raise ProviderUnusableError("issuer", "Leave out what follows the question mark.")
    return issuer.removesuffix("/") + "/.well-known/openid-configuration"


def provider(said: Mapping[str, Any], issuer: str, *, may_loop: bool) -> Provider:
    """Read a configuration.

    Args:
        said: what the provider says of itself.
        issuer: whom we asked.
        may_loop: as for `address`.

    Raises:
        ProviderUnusableError: it describes somebody else, or lacks what signing in safely needs.
    """
    if said.get("issuer") != issuer:
        raise ProviderUnusableError("issuer", "It calls itself something else: paste its issuer letter by letter.")
    endpoints = {name: said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, url in endpoints.items():
        address(url, name, may_loop=may_loop)
    _offers(said, "response_types_supported", {"code"}, "Switch the authorization code flow on.")
    _offers(said, "id_token_signing_alg_values_supported", set(ALGORITHMS), f"Sign with {' or '.join(ALGORITHMS)}.")
    if "code_challenge_methods_supported" in said:  # some that do S256 do not say so
        _offers(said, "code_challenge_methods_supported", {"S256"}, "Switch PKCE with S256 on.")
    ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    takes_basic = isinstance(ways, list) and "client_secret_basic" in ways
    if not takes_basic:
        fix = "Let the client prove itself by client_secret_basic or client_secret_post."
        _offers(said, "token_endpoint_auth_methods_supported", {"client_secret_post"}, fix)
    names_itself = said.get("authorization_response_iss_parameter_supported") is True
    urls = {name: str(url) for name, url in endpoints.items()}
    return Provider(issuer, **urls, names_itself=names_itself, takes_basic=takes_basic)


def _offers(said: Mapping[str, Any], field: str, wanted: set[str], fix: str) -> None:
    found = said.get(field)
    if not isinstance(found, list) or not any(one in wanted for one in found if isinstance(one, str)):
        raise ProviderUnusableError(field, fix)
