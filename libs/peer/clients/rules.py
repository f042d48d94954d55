"""What a client may ask for, and which public keys are good enough. Nothing of a private key is ever kept.

Source: docs/decisions/0035-keys-of-integrators.md
"""

import json
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

from libs.peer.accounts.rules import hashed, new_token
from libs.peer.clients.errors import PublicKeyRefusedError, ScopeRefusedError
from libs.peer.clients.models import Scope

ACCESS_TOKEN_LIVES = timedelta(minutes=15)
FORMER_LIVES = timedelta(days=7)
"""So long the secret before goes on working, unless it is ended earlier."""
ASSERTION_LIVES_AT_MOST = timedelta(minutes=5)
MOST_PUBLIC_KEYS = 3
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
_OF_THE_REGION = frozenset({Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE})
"""What is told there is the whole program's, and a center is an employer."""
_LEAST_RSA_BITS = 2048
_MOST_LETTERS = 4000
_PUBLIC = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


def new_id() -> str:
    """Draw the name by which a client is known; no secret."""
    return f"client_{secrets.token_hex(8)}"


def new_secret(*, is_test: bool) -> str:
    """Draw a secret of 256 bits."""
    return secret(new_token(), is_test=is_test)


def secret(token: str, *, is_test: bool) -> str:
    """Return a secret; its beginning says whether it is a sandbox's, and lets scanners of code find it."""
    return f"psk_{'test' if is_test else 'live'}_{token}"


def mark_of(client_id: str, assertion_id: str) -> bytes:
    """Return what is kept of an assertion that was used."""
    return hashed(json.dumps([client_id, assertion_id]))


def scope_of(wanted: Collection[Scope], *, is_of_one_agency: bool, is_test: bool) -> str:
    """Return scopes as they are stored; every key of a sandbox may also put it back.

    Raises:
        ScopeRefusedError: none, or one that only a system of the whole region, or of a sandbox, can have.
    """
    if not wanted:
        raise ScopeRefusedError("Choose at least one.")
    if Scope.SANDBOX_WRITE in wanted and not is_test:
        raise ScopeRefusedError("There is nothing to put back outside of the sandbox.")
    if is_test:
        wanted = {*wanted, Scope.SANDBOX_WRITE}
    if is_of_one_agency and _OF_THE_REGION & set(wanted):
        raise ScopeRefusedError("Webhooks tell of the whole program: choose the whole region for them.")
    return " ".join(scope for scope in Scope if scope in wanted)


def public_key(said: str) -> dict[str, str]:
    """Read a public key that somebody pasted as a JSON Web Key (RFC 7517).

    Args:
        said: the JSON of one key.

    Returns:
        Its public members alone, with `kid` its thumbprint (RFC 7638).

    Raises:
        PublicKeyRefusedError: not JSON, not public, of another kind, or too short.
    """
    try:
        found = json.loads(said[:_MOST_LETTERS])
    except (ValueError, RecursionError):
        raise PublicKeyRefusedError('Paste one key as JSON, beginning with {"kty".') from None
    kind = found.get("kty") if isinstance(found, dict) else None
    if kind not in _PUBLIC:
        raise PublicKeyRefusedError("Use a key of type EC (P-256), OKP (Ed25519) or RSA (2048 bits or more).")
    if _PRIVATE & set(found):
        raise PublicKeyRefusedError(
            "The private half is in it. Throw this key away, make a new one, paste its public half."
        )
    public = {"kty": kind, **{name: found.get(name) for name in _PUBLIC[kind]}}
    if not all(isinstance(value, str) for value in public.values()):
        raise PublicKeyRefusedError("A part of the key is missing.")
    if kind in _CURVES and public["crv"] != _CURVES[kind]:
        raise PublicKeyRefusedError(f"Use the curve {_CURVES[kind]}.")
    if kind == "RSA" and len(public["n"]) * 6 < _LEAST_RSA_BITS:  # six bits a letter
        raise PublicKeyRefusedError(f"An RSA key has at least {_LEAST_RSA_BITS} bits.")
    return {**public, "kid": _thumbprint(public)}


def _thumbprint(public: dict[str, Any]) -> str:
    try:
        return jwk.import_key(public).thumbprint()
    except (JoseError, ValueError, TypeError) as error:
        raise PublicKeyRefusedError("The key cannot be read: is it whole?") from error
