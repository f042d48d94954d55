"""Which machine is calling, and which clients there are."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from libs.peer.accounts.rules import hashed
from libs.peer.clients.errors import ClientUnknownError
from libs.tenancy.planes import DoorSession


@dataclass(frozen=True, slots=True)
class Machine:
    """A client behind a valid access token.

    Attributes:
        agency_id: the one agency that it serves; None serves the whole region.
        scopes: `resource:verb`; none of them reads care.
        lives_s: for how many seconds more the token works.
    """

    client_id: str
    region_id: UUID
    agency_id: UUID | None
    scopes: frozenset[str]
    lives_s: float


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client as stored, for the token endpoint to check.

    Attributes:
        former_hash: of the secret before, while it works.
        public_keys: JSON Web Keys with which it signs.
    """

    id: str
    scope: str
    secret_hash: bytes | None = field(repr=False)
    former_hash: bytes | None = field(repr=False)
    public_keys: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as its managers see it: what it is for, and on which days its keys were last used.

    Attributes:
        agency_id: the one agency that it serves; None serves the whole region.
        former_until: until when the secret before works; None when there is none.
        key_ids: thumbprints of its public keys.
    """

    id: str
    name: str
    region_id: UUID
    agency_id: UUID | None
    scopes: tuple[str, ...]
    has_secret: bool
    made_on: date | None
    used_on: date | None
    former_until: datetime | None
    former_used_on: date | None
    key_ids: tuple[str, ...]


_MACHINE = text(
    """
    SELECT t.client_id, c.region_id, c.agency_id, t.scope,
        extract(epoch FROM t.expires_at - shared.clock())::float8 AS lives_s
    FROM shared.access_token t JOIN shared.client c ON c.id = t.client_id
    WHERE t.token_hash = :token_hash AND t.expires_at > shared.clock()
    """
)
_CLIENT = text(
    """
    SELECT id, scope, secret_hash, CASE WHEN former_until > shared.clock() THEN former_hash END AS former_hash,
        public_keys
    FROM shared.client WHERE id = :id
    """
)
_OF_REGIONS = text(
    """
    SELECT id, name, region_id, agency_id, scope, secret_hash IS NOT NULL AS has_secret, made_on, used_on,
        CASE WHEN former_until > shared.clock() THEN former_until END AS former_until, former_used_on, public_keys
    FROM shared.client WHERE region_id = ANY(CAST(CAST(:region_ids AS text[]) AS uuid[]))
    ORDER BY name, id
    """
)


async def machine(session: DoorSession, token: str) -> Machine | None:
    """Return whose access token this is; None when it expired, was revoked or never was."""
    row = (await session.execute(_MACHINE, {"token_hash": hashed(token)})).one_or_none()
    if row is None:
        return None
    return Machine(row.client_id, row.region_id, row.agency_id, frozenset(row.scope.split()), row.lives_s)


async def client(session: DoorSession, client_id: str) -> KnownClient | None:
    """Return a client by its id; None when there is none."""
    row = (await session.execute(_CLIENT, {"id": client_id})).one_or_none()
    if row is None:
        return None
    return KnownClient(row.id, row.scope, row.secret_hash, row.former_hash, tuple(json.loads(row.public_keys)))


async def of_regions(session: DoorSession, region_ids: Collection[UUID]) -> Sequence[ClientRow]:
    """List the clients of some regions by name."""
    return [
        ClientRow(
            id=row.id,
            name=row.name,
            region_id=row.region_id,
            agency_id=row.agency_id,
            scopes=tuple(row.scope.split()),
            has_secret=row.has_secret,
            made_on=row.made_on,
            used_on=row.used_on,
            former_until=row.former_until,
            former_used_on=row.former_used_on,
            key_ids=tuple(key["kid"] for key in json.loads(row.public_keys)),
        )
        for row in (await session.execute(_OF_REGIONS, {"region_ids": list(map(str, region_ids))})).all()
    ]


async def one(session: DoorSession, client_id: str, *, region_ids: Collection[UUID]) -> ClientRow:
    """Return one client of some regions.

    Raises:
        ClientUnknownError: there is none, or it is another region's.
    """
    for row in await of_regions(session, region_ids):
        if row.id == client_id:
            return row
    raise ClientUnknownError
