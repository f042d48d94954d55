"""Making clients, changing their keys, and giving them tokens."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import TextClause, text

from libs.peer.accounts.rules import hashed, new_token
from libs.peer.clients import rules
from libs.peer.clients.errors import ClientUnknownError, LastKeyError, PublicKeyUnknownError, TooManyKeysError
from libs.tenancy.planes import DoorSession

Regions = Collection[UUID]
"""Where a client may be for whoever changes it: a manager's region and its sandbox."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """A machine that shall be able to sign in.

    Attributes:
        agency_id: the one agency that it serves; None serves the whole region.
        scope: as `rules.scope_of` returns it.
    """

    id: str
    region_id: UUID
    scope: str
    name: str = ""
    agency_id: UUID | None = None
    secret: str | None = field(default=None, repr=False)
    public_keys: tuple[dict[str, str], ...] = ()


_PUT = text(
    """
    INSERT INTO shared.client (id, region_id, agency_id, secret_hash, scope, name, made_on, public_keys)
    VALUES (:id, :region_id, :agency_id, :secret_hash, :scope, :name, CAST(shared.clock() AS date), :public_keys)
    ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, scope = excluded.scope,
        agency_id = excluded.agency_id
    """
)
_ROTATE = text(
    """
    UPDATE shared.client SET former_hash = secret_hash, former_used_on = used_on,
        former_until = CASE WHEN secret_hash IS NULL THEN NULL ELSE shared.clock() + CAST(:lives AS interval) END,
        secret_hash = :secret_hash, used_on = NULL
    WHERE id = :id AND region_id = ANY(CAST(CAST(:region_ids AS text[]) AS uuid[])) RETURNING id
    """
)
_END_FORMER = text(
    """
    UPDATE shared.client SET former_hash = NULL, former_until = NULL, former_used_on = NULL
    WHERE id = :id AND region_id = ANY(CAST(CAST(:region_ids AS text[]) AS uuid[])) RETURNING id
    """
)
_SET_KEYS = text("UPDATE shared.client SET public_keys = :public_keys WHERE id = :id")
_KEYS = text(
    """
    SELECT public_keys, secret_hash IS NOT NULL AS has_secret
    FROM shared.client WHERE id = :id AND region_id = ANY(CAST(CAST(:region_ids AS text[]) AS uuid[])) FOR UPDATE
    """
)
_REMOVE = text(
    """
    DELETE FROM shared.client
    WHERE id = :id AND region_id = ANY(CAST(CAST(:region_ids AS text[]) AS uuid[])) RETURNING id
    """
)
_END_TOKENS = text("DELETE FROM shared.access_token WHERE client_id = :id")
_REVOKE = text("DELETE FROM shared.access_token WHERE token_hash = :token_hash AND client_id = :id")
_ADD_ACCESS_TOKEN = text(
    """
    INSERT INTO shared.access_token (token_hash, client_id, scope, expires_at)
    VALUES (:token_hash, :client_id, :scope, shared.clock() + CAST(:lives AS interval))
    """
)
# A day, and once a day: nobody can read from it how busy a system is.
_USED = text(
    """
    UPDATE shared.client SET used_on = CAST(shared.clock() AS date)
    WHERE id = :id AND used_on IS DISTINCT FROM CAST(shared.clock() AS date)
    """
)
_FORMER_USED = text(
    """
    UPDATE shared.client SET former_used_on = CAST(shared.clock() AS date)
    WHERE id = :id AND former_used_on IS DISTINCT FROM CAST(shared.clock() AS date)
    """
)
_USE_ASSERTION = text(
    """
    INSERT INTO shared.client_assertion (mark, expires_at)
    VALUES (:mark, shared.clock() + CAST(:lives AS interval))
    ON CONFLICT DO NOTHING RETURNING mark
    """
)


async def put(session: DoorSession, client: NewClient) -> None:
    """Add a client, or give the one of this id a new secret, scope and agency."""
    await session.execute(
        _PUT,
        {
            "id": client.id,
            "region_id": client.region_id,
            "agency_id": client.agency_id,
            "secret_hash": hashed(client.secret) if client.secret else None,
            "scope": client.scope,
            "name": client.name,
            "public_keys": json.dumps(client.public_keys),
        },
    )


async def rotate(session: DoorSession, client_id: str, *, region_ids: Regions, secret: str) -> None:
    """Begin a new secret; the one before works for `rules.FORMER_LIVES` more, an older one no longer.

    Raises:
        ClientUnknownError: there is none, or it is another region's.
    """
    values = {"secret_hash": hashed(secret), "lives": rules.FORMER_LIVES}
    await _change(session, _ROTATE, client_id, region_ids, **values)


async def end_former(session: DoorSession, client_id: str, *, region_ids: Regions) -> None:
    """Let the secret before work no more, nor any token: whoever has the new one takes another.

    Raises:
        ClientUnknownError: there is none, or it is another region's.
    """
    await _change(session, _END_FORMER, client_id, region_ids)
    await session.execute(_END_TOKENS, {"id": client_id})


async def add_key(session: DoorSession, client_id: str, key: dict[str, str], *, region_ids: Regions) -> None:
    """Add a public key (`rules.public_key`); one that is there already stays as it is.

    Raises:
        ClientUnknownError: there is no such client, or it is another region's.
        TooManyKeysError: it has as many as one can have.
    """
    keys, _has_secret = await _keys(session, client_id, region_ids)
    if key["kid"] in {one["kid"] for one in keys}:
        return
    if len(keys) >= rules.MOST_PUBLIC_KEYS:
        raise TooManyKeysError("Remove one that is no longer used.")
    await _set_keys(session, client_id, [*keys, key])


async def remove_key(session: DoorSession, client_id: str, key_id: str, *, region_ids: Regions) -> None:
    """Remove a public key, and end every token.

    Raises:
        ClientUnknownError: there is no such client, or it is another region's.
        PublicKeyUnknownError: it has no such key.
        LastKeyError: it has no secret and no other key.
    """
    keys, has_secret = await _keys(session, client_id, region_ids)
    left = [key for key in keys if key["kid"] != key_id]
    if len(left) == len(keys):
        raise PublicKeyUnknownError
    if not left and not has_secret:
        raise LastKeyError("Add another key first, or remove the system.")
    await _set_keys(session, client_id, left)
    await session.execute(_END_TOKENS, {"id": client_id})


async def remove(session: DoorSession, client_id: str, *, region_ids: Regions) -> None:
    """Remove a client with its tokens and webhooks; what it calls is refused from the next request on.

    Raises:
        ClientUnknownError: there is none, or it is another region's.
    """
    await _change(session, _REMOVE, client_id, region_ids)


async def issue_access_token(session: DoorSession, client_id: str, scope: str) -> str:
    """Return a new opaque access token of 15 minutes for a client that has proved itself."""
    token = new_token()
    values = {"token_hash": hashed(token), "client_id": client_id, "scope": scope}
    await session.execute(_ADD_ACCESS_TOKEN, {**values, "lives": rules.ACCESS_TOKEN_LIVES})
    return token


async def revoke_access_token(session: DoorSession, client_id: str, token: str) -> None:
    """End a token of this client; one that is not its own, or never was, stays unsaid."""
    await session.execute(_REVOKE, {"token_hash": hashed(token), "id": client_id})


async def note_use(session: DoorSession, client_id: str, *, by_former: bool) -> None:
    """Note the day on which a client last proved itself, and whether by the secret before."""
    await session.execute(_FORMER_USED if by_former else _USED, {"id": client_id})


async def use_assertion(session: DoorSession, client_id: str, assertion_id: str, lives: timedelta) -> bool:
    """Say whether a signed assertion is used for the first time; it is used up by that."""
    values = {"mark": rules.mark_of(client_id, assertion_id), "lives": lives}
    return (await session.execute(_USE_ASSERTION, values)).one_or_none() is not None


async def _change(
    session: DoorSession, statement: TextClause, client_id: str, region_ids: Regions, **values: object
) -> None:
    values |= {"id": client_id, "region_ids": list(map(str, region_ids))}
    if (await session.execute(statement, values)).one_or_none() is None:
        raise ClientUnknownError


async def _keys(session: DoorSession, client_id: str, region_ids: Regions) -> tuple[list[dict[str, str]], bool]:
    """Return a client's public keys, locked until the end of the transaction, and whether it has a secret."""
    row = (await session.execute(_KEYS, {"id": client_id, "region_ids": list(map(str, region_ids))})).one_or_none()
    if row is None:
        raise ClientUnknownError
    return json.loads(row.public_keys), row.has_secret


async def _set_keys(session: DoorSession, client_id: str, keys: list[dict[str, str]]) -> None:
    """Write the keys of a client that `_keys` has found and locked."""
    await session.execute(_SET_KEYS, {"id": client_id, "public_keys": json.dumps(keys)})
