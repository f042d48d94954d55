"""An authenticator in software: it makes passkeys and signs with them, truthfully or as an attacker would have it.

Web Authentication Level 3, sections 6.1 (authenticator data), 6.5.4 (attestation object) and 5.8.1 (client data).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

ORIGIN, HOST = "http://localhost:8080", "localhost"
_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


@dataclass(frozen=True)
class Lie:
    """What of an answer is not as it should be; by itself, nothing."""

    origin: str = ORIGIN
    host: str = HOST
    challenge: str | None = None
    kind: str | None = None
    framed: bool = False
    unverified: bool = False
    handle: bytes | None = None
    nameless: bool = False
    counter: int | None = None
    signature: bytes | None = None


TRUTH = Lie()


@dataclass
class Passkey:
    """A passkey in a device of somebody's own."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    owner: bytes = b""
    counter: int = 1

    def made(self, asked: dict[str, Any], lie: Lie = TRUTH) -> dict[str, Any]:
        """Answer options for making one."""
        self.owner = base64url_to_bytes(asked["user"]["id"])
        about = self._about(lie, _HAS_KEY) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        said = _said(asked, lie, "webauthn.create")
        return self._credential({"clientDataJSON": _text(said), "attestationObject": _text(attestation)})

    def shown(self, asked: dict[str, Any], lie: Lie = TRUTH) -> dict[str, Any]:
        """Answer options for showing one."""
        if lie.counter is None and self.counter:
            self.counter += 1
        about, said = self._about(lie), _said(asked, lie, "webauthn.get")
        signed = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        response: dict[str, Any] = {
            "clientDataJSON": _text(said),
            "authenticatorData": _text(about),
            "signature": _text(lie.signature or signed),
        }
        if not lie.nameless:
            response["userHandle"] = _text(self.owner if lie.handle is None else lie.handle)
        return self._credential(response)

    def _about(self, lie: Lie, more: int = 0) -> bytes:
        flags = _PRESENT | more | (0 if lie.unverified else _VERIFIED)
        counter = self.counter if lie.counter is None else lie.counter
        return hashlib.sha256(lie.host.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response}


def _said(asked: dict[str, Any], lie: Lie, kind: str) -> bytes:
    challenge = asked["challenge"] if lie.challenge is None else lie.challenge
    said = {"type": lie.kind or kind, "challenge": challenge, "origin": lie.origin, "crossOrigin": lie.framed}
    return json.dumps(said).encode()


_text = bytes_to_base64url
