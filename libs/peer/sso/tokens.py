"""What a provider signs: an ID token when somebody signs in, a logout token when they leave.

Whatever is not in order is refused; which check it was stands in the refusal's `flaw`.
"""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jws import JWSRegistry

from libs.peer.sso import rules
from libs.peer.sso.errors import Flaw, SignOnRefusedError
from libs.peer.sso.keys import Keys
from libs.peer.sso.rules import Provider

Claims = Mapping[str, Any]

# Headers that are not known are left unread; `crit` ones are refused. Keys that a header brings along are never used.
_REGISTRY = JWSRegistry(algorithms=list(rules.ALGORITHMS), strict_check_header=False)
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at one issuer. An e-mail address is no part of it: it is given to the next one.

    Attributes:
        sid: the session there, where the provider names it.
        claims: everything that the provider said, for the set-up alone.
    """

    issuer: str
    subject: str
    sid: str | None
    claims: Claims = field(repr=False)

    @property
    def signed_in_at(self) -> float | None:
        """When they last showed at the provider who they are, in seconds since 1970; None when it does not say."""
        said = self.claims.get("auth_time")
        return float(said) if isinstance(said, int | float) and not isinstance(said, bool) else None

    def groups(self, claim: str) -> frozenset[str]:
        """Return the groups in a claim: a list of words, or one word."""
        said = self.claims.get(claim)
        words = said if isinstance(said, list) else [said]
        return frozenset(one for one in words if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class Logout:
    """Whose sessions end: those of a subject, or one by its `sid`; `jti`: good once."""

    jti: str
    subject: str | None
    sid: str | None


async def identity(
    token: str, keys: Keys, provider: Provider, *, client_id: str, nonce: str, access_token: str, now: float
) -> Identity:
    """Examine an ID token.

    Raises:
        SignOnRefusedError: it is not for this client, this browser and this moment, or not of this provider.
        ProviderAwayError: its keys cannot be had.
        ProviderUnusableError: what it gives out are no keys.
    """
    header, claims = await _signed(token, keys, provider)
    SignOnRefusedError.unless(str(header.get("typ", "JWT")).upper() == "JWT", Flaw.TYPE)
    _common(claims, provider, client_id, now)
    SignOnRefusedError.unless(_is_time(claims.get("exp")) and now < claims["exp"] + rules.CLOCKS_DIFFER_S, Flaw.TIME)
    said = _word(claims, "nonce")
    SignOnRefusedError.unless(said is not None and hmac.compare_digest(said.encode(), nonce.encode()), Flaw.NONCE)
    if "at_hash" in claims:
        expected = _half_hash(access_token, str(header["alg"]))
        SignOnRefusedError.unless(claims["at_hash"] == expected, Flaw.ACCESS_TOKEN)
    subject = _word(claims, "sub")
    if subject is None:
        raise SignOnRefusedError(Flaw.SUBJECT)
    return Identity(provider.issuer, subject, _word(claims, "sid"), claims)


async def logout(token: str, keys: Keys, provider: Provider, *, client_id: str, now: float) -> Logout:
    """Examine a logout token; that its `jti` comes once is for the caller to see to.

    Raises: as `identity`.

    Source: OpenID Connect Back-Channel Logout 1.0, section 2.6
    """
    header, claims = await _signed(token, keys, provider)
    SignOnRefusedError.unless(str(header.get("typ", "JWT")).upper() in {"JWT", "LOGOUT+JWT"}, Flaw.TYPE)
    _common(claims, provider, client_id, now)
    if "exp" in claims:
        SignOnRefusedError.unless(_is_time(claims["exp"]) and now < claims["exp"] + rules.CLOCKS_DIFFER_S, Flaw.TIME)
    SignOnRefusedError.unless("nonce" not in claims, Flaw.NONCE)
    events = claims.get("events")
    SignOnRefusedError.unless(isinstance(events, dict) and isinstance(events.get(_LOGOUT), dict), Flaw.EVENT)
    jti, subject, sid = _word(claims, "jti"), _word(claims, "sub"), _word(claims, "sid")
    if jti is None or (subject is None and sid is None):
        raise SignOnRefusedError(Flaw.SUBJECT)
    return Logout(jti, subject, sid)


async def _signed(token: str, keys: Keys, provider: Provider) -> tuple[Mapping[str, Any], Claims]:
    header = _header(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in rules.ALGORITHMS:
        raise SignOnRefusedError(Flaw.ALGORITHM)
    SignOnRefusedError.unless(kid is None or isinstance(kid, str), Flaw.KEY)
    key = await keys.find(provider.jwks_uri, kid, algorithm)
    try:
        with warnings.catch_warnings():
            # The name EdDSA stands for several curves; `keys` takes Ed25519 alone.
            warnings.simplefilter("ignore", SecurityWarning)
            found = jwt.decode(token, key, algorithms=[algorithm], registry=_REGISTRY)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignOnRefusedError(Flaw.SIGNATURE) from error
    return found.header, found.claims


def _header(token: str) -> Mapping[str, Any]:
    first = token.partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError) as error:
        raise SignOnRefusedError(Flaw.SIGNATURE) from error
    if not isinstance(found, dict):
        raise SignOnRefusedError(Flaw.SIGNATURE)
    return found


def _common(claims: Claims, provider: Provider, client_id: str, now: float) -> None:
    SignOnRefusedError.unless(claims.get("iss") == provider.issuer, Flaw.ISSUER)
    # One more audience could show the token to us as its own.
    SignOnRefusedError.unless(
        claims.get("aud") in (client_id, [client_id]) and claims.get("azp", client_id) == client_id, Flaw.AUDIENCE
    )
    made = claims.get("iat")
    SignOnRefusedError.unless(_is_time(made), Flaw.TIME)
    SignOnRefusedError.unless(now - rules.TOKEN_IS_NEW_S <= claims["iat"] <= now + rules.CLOCKS_DIFFER_S, Flaw.TIME)
    if "nbf" in claims:
        SignOnRefusedError.unless(_is_time(claims["nbf"]) and claims["nbf"] <= now + rules.CLOCKS_DIFFER_S, Flaw.TIME)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(claims: Claims, name: str) -> str | None:
    """Return a claim that names somebody or something; None when there is none that could."""
    said = claims.get(name)
    is_word = isinstance(said, str) and 0 < len(said) <= rules.LONGEST_SUBJECT and said.isprintable()
    return said if is_word else None


def _half_hash(access_token: str, algorithm: str) -> str:
    """Return `at_hash`: the left half of the hash that the signature uses (Ed25519's is SHA-512)."""
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
