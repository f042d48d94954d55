"""Keys of the processes: derived (HKDF) from the password of OWNCALL_DATABASE_URL.

Every process has the same ones without a setting more, and nobody else has them. A new password makes new keys.
"""

from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def of_login(database_url: str, purpose: str) -> bytes:
    """Return 32 bytes for one purpose."""
    password = unquote(urlsplit(database_url).password or "")
    return HKDF(SHA256(), 32, salt=None, info=f"owncall {purpose} 1".encode()).derive(password.encode())
