"""Tokens and how long they live. The random bits arrive from `secrets`; what is stored is a hash."""

import hashlib
import secrets
from datetime import timedelta

LINK_LIVES = timedelta(days=1)


def new_token() -> str:
    """Draw 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> bytes:
    """Return what the database keeps of a token: 32 bytes. The token is random, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()
