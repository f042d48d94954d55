"""What is sent, how it is signed, and when it is tried again; where to, `addresses` decides.

Source: Standard Webhooks 1.0.0; docs/decisions/0029-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.peer import keyed
from libs.peer.addresses import rules as addresses
from libs.peer.addresses.rules import AddressError, Target
from libs.peer.webhooks.errors import WebhookAddressError

WAITS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each try; about 76 hours in all."""
JITTER = 0.1
LONGEST_WAIT_S = 86_400
OVERLAP = timedelta(hours=24)
"""For how long the secret before the newest one signs, too."""
KEPT_FOR = timedelta(days=30)


def target(url: str, *, may_loop: bool) -> Target:
    """Take an address apart; arguments as for `addresses.target`.

    Raises:
        WebhookAddressError: it cannot be used; its detail says what to do.
    """
    try:
        return addresses.target(url, may_loop=may_loop)
    except AddressError as error:
        raise WebhookAddressError(str(error)) from error


def master_key(database_url: str) -> bytes:
    """Return what every webhook's secret is derived from: of the application's login, as the cursors' is."""
    return keyed.of_login(database_url, "webhooks")


def secret(master: bytes, endpoint_id: UUID, version: int) -> bytes:
    """Return an endpoint's secret: derived from the master key, different for each version."""
    info = b"endpoint" + endpoint_id.bytes + version.to_bytes(4, "big")
    return HKDF(SHA256(), 32, salt=None, info=info).derive(master)


def shown(signing: bytes) -> str:
    """Return a secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(signing).decode()


def body(kind: str, happened_at: datetime, subject_id: UUID) -> bytes:
    """Return what is sent: a type, a time, an id. Whoever wants more asks for it, and is let in or not."""
    at = happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": at, "data": {"id": str(subject_id)}}, separators=(",", ":")).encode()


def headers(event_id: UUID, sent_at: datetime, content: bytes, secrets: list[bytes]) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; one signature for each secret that is in force."""
    name, seconds = f"msg_{event_id.hex}", int(sent_at.timestamp())
    signed = f"{name}.{seconds}.".encode() + content
    signatures = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def wait_s(attempt: int, dice: float, retry_after_s: float | None = None) -> float | None:
    """Return the seconds until the next try, or None when there is none.

    Args:
        attempt: how many were made.
        dice: from 0 to 1; spreads the tries of many endpoints.
        retry_after_s: what the other side asked for; never sooner, and a day at most.
    """
    if attempt >= len(WAITS_S):
        return None
    usual = WAITS_S[attempt] * (1 + JITTER * dice)
    return max(usual, min(retry_after_s or 0, LONGEST_WAIT_S))


def retry_after_s(value: str, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or a date; None for anything else."""
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max((at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds(), 0.0)
