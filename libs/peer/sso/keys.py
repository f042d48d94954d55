"""A provider's public keys: kept a while, asked for anew when a token names one that is not among them."""

import asyncio
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from libs.peer.sso import rules
from libs.peer.sso.errors import Flaw, ProviderUnusableError, SignOnRefusedError
from libs.peer.sso.fetching import Fetcher

PublicKey = RSAKey | ECKey | OKPKey

_CURVES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: list[dict[str, Any]]
    asked_at: float


@dataclass(slots=True)
class Keys:
    """Keys of all providers that this process has asked.

    Attributes:
        fetcher: who asks.
        clock: seconds that only grow.
    """

    fetcher: Fetcher
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def find(self, jwks_uri: str, kid: str | None, algorithm: str) -> PublicKey:
        """Return the one key that may have signed a token.

        Args:
            jwks_uri: as the provider's configuration says; never what a token says.
            kid: as the token's header says.
            algorithm: as the token's header says, and one that is allowed.

        Raises:
            SignOnRefusedError: none fits, or more than one.
            ProviderAwayError: nobody there to ask.
            ProviderUnusableError: what they answer are no keys.
        """
        async with self._locks[jwks_uri]:  # one that is slow makes nobody else wait
            kept = self._kept.get(jwks_uri)
            if kept is None or self.clock() - kept.asked_at > rules.KEYS_KEPT_S:
                kept = await self._ask(jwks_uri)
            found = _fitting(kept.keys, kid, algorithm)
            if not found and self.clock() - kept.asked_at > rules.KEYS_ASKED_AGAIN_S:
                found = _fitting((await self._ask(jwks_uri)).keys, kid, algorithm)
        if len(found) != 1:
            raise SignOnRefusedError(Flaw.KEY)
        return _public(found[0])

    async def _ask(self, jwks_uri: str) -> _Kept:
        said = (await self.fetcher.get(jwks_uri, "jwks_uri")).get("keys")
        if not isinstance(said, list):
            raise ProviderUnusableError("jwks_uri", "What it answers is no set of keys.")
        kept = _Kept([one for one in said if isinstance(one, dict)], self.clock())
        self._kept[jwks_uri] = kept
        return kept


def _fitting(keys: list[dict[str, Any]], kid: str | None, algorithm: str) -> list[dict[str, Any]]:
    """Return the keys that are meant for this; without a `kid`, all of the right kind."""
    return [one for one in keys if (kid is None or one.get("kid") == kid) and _is_for(one, algorithm)]


def _is_for(key: dict[str, Any], algorithm: str) -> bool:
    kind, curve = _CURVES.get(algorithm, ("RSA", None))
    is_kind = key.get("kty") == kind and key.get("crv") == curve
    return is_kind and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _public(key: dict[str, Any]) -> PublicKey:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of short keys, which are refused below
            found = JWKRegistry.import_key(key)
        if isinstance(found, RSAKey):
            bits = found.public_key.key_size
            SignOnRefusedError.unless(rules.SMALLEST_RSA_BITS <= bits <= rules.LARGEST_RSA_BITS, Flaw.KEY)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignOnRefusedError(Flaw.KEY) from error
    if not isinstance(found, PublicKey):
        raise SignOnRefusedError(Flaw.KEY)
    return found
