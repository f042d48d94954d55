"""What `webauthn` asks of a browser, and what it says to the answer; nothing here touches the database.

The answer is bytes from anywhere: whatever goes wrong while reading them is one refusal.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, encode_cbor, options_to_json, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from libs.peer.passkeys.errors import PasskeyRefusedError
from libs.peer.passkeys.rules import CHALLENGE_LIVES

Credential = dict[str, Any]
"""A PublicKeyCredential as JSON, as the browser made it."""
Options = dict[str, Any]
"""What goes into `navigator.credentials` under `publicKey`, as JSON."""

_ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TIMEOUT_MS = int(CHALLENGE_LIVES.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Site:
    """For which site a passkey is made and used.

    Attributes:
        host: the relying party's id, such as `peer.example.org`; `localhost` in a demonstration.
        origin: scheme, host and port of our own pages.
    """

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is kept of a new passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a signature that holds says: whose account, where the device tells, and the device's counter."""

    account_id: UUID | None
    sign_count: int


def _nobodys_key() -> bytes:
    """Return a public key of the right shape, whose private key is 1: for answers of passkeys that nobody has."""
    point = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    return encode_cbor({1: 2, 3: int(COSEAlgorithmIdentifier.ECDSA_SHA_256), -1: 1, -2: x, -3: y})


NOBODYS_KEY = _nobodys_key()


def making(site: Site, challenge: bytes, account_id: UUID, person: str, known: Iterable[bytes]) -> Options:
    """Return what a browser needs to make a passkey that is found without a name typed and needs a finger or a PIN."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="OwnCall",
        user_id=account_id.bytes,
        user_name=person,
        user_display_name=person,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        supported_pub_key_algs=_ALGORITHMS,
    )
    return _plain(options_to_json(options))


def showing(site: Site, challenge: bytes, known: Iterable[bytes] = ()) -> Options:
    """Return what a browser needs to show a passkey: one of `known`, or any that it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def challenge_of(credential: Credential) -> bytes:
    """Return the challenge that an answer says it answers.

    Raises:
        PasskeyRefusedError: it says none, or was made inside of another site's page.
    """
    try:
        said = base64url_to_bytes(credential["response"]["clientDataJSON"])
        is_framed = bool(json.loads(said).get("crossOrigin"))
        challenge = parse_client_data_json(said).challenge
    except Exception as error:
        raise PasskeyRefusedError from error
    if is_framed:
        raise PasskeyRefusedError
    return challenge


def credential_id_of(credential: Credential) -> bytes:
    """Return which passkey an answer says it comes from.

    Raises:
        PasskeyRefusedError: it says none.
    """
    try:
        return base64url_to_bytes(credential["rawId"])
    except Exception as error:
        raise PasskeyRefusedError from error


def made(site: Site, challenge: bytes, credential: Credential) -> NewKey:
    """Examine a new passkey.

    Raises:
        PasskeyRefusedError: another site, another challenge, no finger and no PIN, or bytes that are none.
    """
    try:
        seen = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    except Exception as error:
        raise PasskeyRefusedError from error
    return NewKey(seen.credential_id, seen.credential_public_key, seen.sign_count)


def shown(site: Site, challenge: bytes, credential: Credential, public_key: bytes) -> Shown:
    """Examine a signature; what its counter means is decided by `rules.is_copy`.

    Raises:
        PasskeyRefusedError: as for `made`, or signed by another key, or naming an account that can be none.
    """
    try:
        seen = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        handle = credential["response"].get("userHandle")
        account_id = UUID(bytes=base64url_to_bytes(handle)) if handle else None
    except Exception as error:
        raise PasskeyRefusedError from error
    return Shown(account_id, seen.new_sign_count)


def _plain(options: str) -> Options:
    found: Options = json.loads(options)
    return found
