"""What the database keeps of single sign-on and cannot read: sealed, or marked, by keys of the processes that serve.

The keys hang on the password in OWNCALL_DATABASE_URL, as those of webhooks do. Under a new password every client secret
is typed again, and who was linked links anew.
"""

import hmac
import os
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.peer import keyed

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and marks; `master`: 32 bytes."""

    master: bytes = field(repr=False)

    @classmethod
    def of_login(cls, database_url: str) -> Self:
        """Return the one that every process on this database has."""
        return cls(keyed.of_login(database_url, "sign-on"))

    def close(self, content: bytes, about: bytes) -> bytes:
        """Seal; what is sealed about one thing opens about no other."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key(b"seal")).encrypt(nonce, content, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """Open; None for what was sealed by another key, about something else, or changed."""
        try:
            return AESGCM(self._key(b"seal")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            return None

    def mark(self, *words: str) -> bytes:
        """Return 32 bytes by which words are found again, and from which nobody without the key can guess them."""
        content = b"".join(len(word.encode()).to_bytes(4, "big") + word.encode() for word in words)
        return hmac.digest(self._key(b"mark"), content, "sha256")

    def _key(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"owncall sign-on " + purpose).derive(self.master)
