"""Receipts: seven words that the requester alone holds, and what can be derived from them.

7 words of 7,776 are 90.5 random bits. The words are stretched with HKDF-SHA256 into a lookup key; the
database keeps the SHA-256 of that. Drawing them in the browser, so that they are never sent, comes with
sealing; until then the server draws them and forgets them.

Source: design, section 4 "Receipt"; EFF's long word list (2016), CC BY 3.0, out of the package xkcdpass.
"""

import hashlib
import secrets
import unicodedata
from functools import lru_cache
from importlib import resources
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

WORDS = 7
_LOOKUP = b"owncall receipt lookup v1"


@lru_cache(maxsize=1)
def word_list() -> tuple[str, ...]:
    """Return the 7,776 words, each in lower case."""
    text = resources.files("xkcdpass").joinpath("static/eff-long").read_text("utf-8")
    return tuple(text.split())


@lru_cache(maxsize=1)
def _known_words() -> frozenset[str]:
    return frozenset(word_list())


def draw() -> str:
    """Draw a new receipt: seven words with a space between."""
    return " ".join(secrets.choice(word_list()) for _ in range(WORDS))


def normalized(typed: str) -> str | None:
    """Return a typed receipt in its one spelling, or None when it cannot be one.

    Case, blanks, commas and full stops do not matter: people read it off a slip of paper at 4 a.m.
    """
    plain = unicodedata.normalize("NFKC", typed).lower()
    words = "".join(letter if letter.isalpha() or letter == "-" else " " for letter in plain).split()
    if len(words) != WORDS or not _known_words().issuperset(words):
        return None
    return " ".join(words)


def lookup_hash(receipt: str, region_id: UUID) -> bytes:
    """Return the 32 bytes under which a request is found.

    Args:
        receipt: normalized words.
        region_id: the salt, so that the same words mean different things in two regions.
    """
    key = HKDF(algorithm=SHA256(), length=32, salt=region_id.bytes, info=_LOOKUP).derive(receipt.encode())
    return hashlib.sha256(key).digest()
