"""How long things live, and what a configuration must say; which addresses may be asked, `addresses` decides.

Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 9207; RFC 9700; docs/decisions/0028-single-sign-on.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from libs.peer.addresses import rules as addresses
from libs.peer.addresses.rules import AddressError, Target
from libs.peer.sso.errors import ProviderUnusableError

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What may sign: a public key of the provider's alone. Neither `none` nor a shared secret."""
CLOCKS_DIFFER_S = 60
TOKEN_IS_NEW_S = 600
"""An ID or logout token was made within this time; an older one is somebody's copy."""
KEYS_KEPT_S = 600.0
KEYS_ASKED_AGAIN_S = 10.0
"""An unknown key has the provider asked anew, but not more often than this: forged tokens cost them nothing."""
ATTEMPT_LIVES = timedelta(minutes=10)
LOGOUT_KEPT = timedelta(seconds=TOKEN_IS_NEW_S + 2 * CLOCKS_DIFFER_S)
"""From then on a copy of a logout token is too old by its own word."""
CONFIGURATION_KEPT_S = 60.0
MOST_GROUPS = 20
LONGEST_GROUP = 200
LONGEST_SUBJECT = 255
LONGEST_NAME = 120
SMALLEST_RSA_BITS = 2048
LARGEST_RSA_BITS = 8192
"""A larger one would keep us busy, and nobody safer."""


class Step(StrEnum):
    """What a set-up waits for."""

    ISSUER = "issuer"
    CLIENT = "client"
    TEST = "test"
    SWITCH = "switch"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider's configuration says, checked.

    Attributes:
        names_itself: it puts `iss` into every answer (RFC 9207), so that one without is not its own.
        takes_basic: the client's secret goes into the Authorization header, else into the form.
        takes_claims: it can be asked for claims by name, and some put groups into an ID token for nobody else.
        takes_groups: it knows a scope `groups`, and some tell groups to nobody who does not ask for it.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool
    takes_basic: bool
    takes_claims: bool = False
    takes_groups: bool = False


def address(url: object, field: str, *, may_loop: bool) -> Target:
    """Take an address apart.

    Args:
        url: as somebody typed it, or as a configuration says it.
        field: what it is called there.
        may_loop: as for `addresses.target`.

    Raises:
        ProviderUnusableError: it cannot be used; it names the field and the fix.
    """
    try:
        return addresses.target(url if isinstance(url, str) else "", may_loop=may_loop)
    except AddressError as error:
        raise ProviderUnusableError(field, str(error)) from error


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
    takes_claims = said.get("claims_parameter_supported") is True
    scopes = said.get("scopes_supported")
    return Provider(
        issuer,
        **urls,
        names_itself=names_itself,
        takes_basic=takes_basic,
        takes_claims=takes_claims,
        takes_groups=isinstance(scopes, list) and "groups" in scopes,
    )


def proved_ago(signed_in_at: float | None, now: float) -> timedelta | None:
    """Return for how long somebody has been known to be there; None when the provider does not say, or says nonsense.

    Args:
        signed_in_at: `auth_time` of the ID token.
        now: seconds since 1970.
    """
    if signed_in_at is None or not 0 < signed_in_at <= now + CLOCKS_DIFFER_S:
        return None
    return timedelta(seconds=max(now - signed_in_at, 0.0))


def is_anew(signed_in_at: float | None, begun_at: float, now: float) -> bool:
    """Say whether somebody who was sent to sign in anew has done so, and was not just waved through."""
    return proved_ago(signed_in_at, now) is not None and (signed_in_at or 0) >= begun_at - CLOCKS_DIFFER_S


def person(claims: Mapping[str, Any]) -> str:
    """Return what somebody is called, as their provider says; "" when it says nothing, or an e-mail address."""
    for claim in ("name", "preferred_username"):
        said = claims.get(claim)
        words = " ".join(said.split()) if isinstance(said, str) and said.isprintable() else ""
        if words and "@" not in words:
            return words[:LONGEST_NAME]
    return ""


def groups(typed: str) -> list[str]:
    """Return the groups of a text, one a line; doubles once.

    Raises:
        ProviderUnusableError: too many, or one that can be none.
    """
    found = list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))
    if len(found) > MOST_GROUPS or any(len(one) > LONGEST_GROUP or not one.isprintable() for one in found):
        raise ProviderUnusableError("groups", f"Name up to {MOST_GROUPS} groups, one a line.")
    return found


def _offers(said: Mapping[str, Any], field: str, wanted: set[str], fix: str) -> None:
    found = said.get(field)
    if not isinstance(found, list) or not any(one in wanted for one in found if isinstance(one, str)):
        raise ProviderUnusableError(field, fix)
