"""The keys of integrators' systems: who has one, for what, when it was last used; made, rotated, ended.

As pages and as JSON. A secret is shown once. Source: docs/decisions/0035-keys-of-integrators.md
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from libs.peer.accounts.rules import new_token
from libs.peer.agencies.errors import AgencyUnknownError
from libs.peer.clients import actions as clients
from libs.peer.clients import queries, rules
from libs.peer.clients.actions import NewClient
from libs.peer.clients.errors import SandboxMissingError
from libs.peer.clients.models import Scope
from libs.peer.clients.queries import ClientRow
from libs.peer.webhooks import queries as webhooks
from libs.tenancy.directory import RegionRef
from services.api import once, rendering
from services.api.declared import problems
from services.api.deps import DoorTx, EndsTokens, MyRegion, Spoken, Wired
from services.api.door import oauth
from services.api.fresh import Fresh, IsFresh
from services.api.names import GivenName
from services.api.once import Once
from services.api.views import Choice
from services.api.wiring import Wiring

_HERE = "/program/keys"
_SANDBOX = "sandbox"
router = APIRouter(prefix=_HERE, include_in_schema=False)
api = APIRouter(prefix="/v1/clients", tags=["keys"])

ClientId = Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9]+(_[a-z0-9]+)+$")]
KeyId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""A thumbprint (RFC 7638)."""


@dataclass(frozen=True, slots=True)
class Program:
    """A manager's region, and its sandbox: test keys are the sandbox's, all others the region's."""

    region: RegionRef
    sandbox: RegionRef | None

    @property
    def ids(self) -> tuple[UUID, ...]:
        """Return where a system can be."""
        return (self.region.id, *((self.sandbox.id,) if self.sandbox else ()))


async def my_program(wired: Wired, region: MyRegion) -> Program:
    """Return the caller's region with its sandbox."""
    return Program(region, (await wired.planes.tenants()).sandbox_of(region))


MyProgram = Annotated[Program, Depends(my_program)]


@dataclass(frozen=True, slots=True)
class KeysPage:
    """The systems, and what one more could be for; `is_fresh`: keys may be made and ended now.

    Attributes:
        sandbox_id: which region of a system is the sandbox; None where there is none.
        agencies: names by id, of those that a system serves.
        choices: agencies that one more could serve.
        off: why a system's webhooks were switched off (`gone`, `exhausted`), by its id.
    """

    systems: Sequence[ClientRow]
    sandbox_id: UUID | None
    agencies: dict[UUID, str]
    choices: tuple[Choice, ...]
    scopes: tuple[str, ...]
    off: dict[str, list[str]]
    is_fresh: bool
    most_keys: int = rules.MOST_PUBLIC_KEYS


@dataclass(frozen=True, slots=True)
class NewKeyPage:
    """A system's way in, the only time that its secret is seen; `before_until`: until when the secret before works."""

    name: str
    client_id: str
    secret: str | None = field(repr=False)
    before_until: datetime | None
    token_url: str
    zone: str


class ClientIn(BaseModel):
    """A system that shall be able to call.

    `agency_id`: the one agency that it serves; left out, the whole region. `is_test`: it tries things in the sandbox
    alone. `public_key`: a JSON Web Key with which it signs (`private_key_jwt`); with one it gets no secret.
    """

    model_config = ConfigDict(extra="forbid")

    name: GivenName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    agency_id: UUID | None = None
    is_test: bool = False
    public_key: Annotated[str | None, Field(max_length=4000)] = None


class ClientOut(BaseModel):
    """A system, without its secret. Days, no times: nobody can read from them how busy it is."""

    id: str
    name: str
    is_test: bool
    agency_id: UUID | None
    scopes: list[str]
    has_secret: bool
    made_on: date | None
    used_on: date | None
    former_until: datetime | None
    former_used_on: date | None
    key_ids: list[str]


class ClientsOut(BaseModel):
    """All of them: a region has a handful, so there is one page."""

    data: list[ClientOut]


class NewClientOut(BaseModel):
    """A system's way in. `secret` is shown now and never again; null for a system that signs with a key of its own."""

    id: str
    secret: str | None


class _Begun(BaseModel):
    """What is kept of a rotation's answer: which secret began, without it."""

    number: UUID
    is_test: bool


class PublicKeyIn(BaseModel):
    """A JSON Web Key (RFC 7517), its public half, as text."""

    model_config = ConfigDict(extra="forbid")

    public_key: Annotated[str, Field(max_length=4000)]


@router.get("")
async def keys_page(request: Request, wired: Wired, tx: DoorTx, program: MyProgram, is_fresh: IsFresh) -> Response:
    """Show which systems have a key."""
    tenants = await wired.planes.tenants()
    here = sorted(tenants.agencies_of(program.region), key=lambda each: each.name)
    view = KeysPage(
        systems=await queries.of_regions(tx, program.ids),
        sandbox_id=program.sandbox.id if program.sandbox else None,
        agencies={agency.id: agency.name for agency in here},
        choices=tuple(Choice(str(agency.id), agency.name) for agency in here),
        scopes=tuple(one for one in Scope if one is not Scope.SANDBOX_WRITE),
        off=await _off(wired, program),
        is_fresh=is_fresh,
    )
    return rendering.page(request, "program/keys.html", view, zone=program.region.time_zone)


@router.post("", dependencies=[Spoken, Fresh])
async def add_client_page(
    request: Request,
    wired: Wired,
    tx: DoorTx,
    program: MyProgram,
    name: Annotated[GivenName, Form()],
    scope: Annotated[list[Scope] | None, Form()] = None,
    serves: Annotated[Literal["sandbox"] | UUID | None, Form()] = None,
    public_key: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Add a system, and show its secret once."""
    # What a form leaves empty is told in a sentence by the rules, not as a field that cannot be read.
    new = ClientIn.model_construct(
        name=name,
        scopes=scope or [],
        agency_id=serves if isinstance(serves, UUID) else None,
        is_test=serves == _SANDBOX,
        public_key=public_key.strip() or None,
    )
    made = await _add(wired, tx, program, new, rules.new_id(), new_token())
    return await _shown(request, wired, tx, program, made)


@router.post("/{client_id}/rotate", dependencies=[Spoken, Fresh, EndsTokens])
async def rotate_secret_page(
    request: Request, wired: Wired, tx: DoorTx, program: MyProgram, client_id: ClientId
) -> Response:
    """Begin a new secret, and show it once."""
    token = new_token()
    secret = rules.secret(token, is_test=await _rotate(tx, program, client_id, token))
    return await _shown(request, wired, tx, program, NewClientOut(id=client_id, secret=secret))


@router.post("/{client_id}/end-former", dependencies=[Spoken, Fresh, EndsTokens])
async def end_former_secret_page(request: Request, tx: DoorTx, program: MyProgram, client_id: ClientId) -> Response:
    """Let the secret before work no more."""
    await end_former_secret(tx, program, client_id)
    return rendering.back(request, _HERE)


@router.post("/{client_id}/public-keys", dependencies=[Spoken, Fresh])
async def add_public_key_page(
    request: Request,
    tx: DoorTx,
    program: MyProgram,
    client_id: ClientId,
    public_key: Annotated[str, Form(max_length=4000)],
) -> Response:
    """Let a system sign with a key of its own."""
    await add_public_key(tx, program, client_id, PublicKeyIn(public_key=public_key))
    return rendering.back(request, _HERE)


@router.post("/{client_id}/public-keys/{key_id}/remove", dependencies=[Spoken, Fresh, EndsTokens])
async def remove_public_key_page(
    request: Request, tx: DoorTx, program: MyProgram, client_id: ClientId, key_id: KeyId
) -> Response:
    """Let a system sign with this key no more."""
    await remove_public_key(tx, program, client_id, key_id)
    return rendering.back(request, _HERE)


@router.post("/{client_id}/remove", dependencies=[Spoken, Fresh, EndsTokens])
async def remove_client_page(request: Request, tx: DoorTx, program: MyProgram, client_id: ClientId) -> Response:
    """Remove a system."""
    await remove_client(tx, program, client_id)
    return rendering.back(request, _HERE)


@api.get("", responses=problems())
async def list_clients(tx: DoorTx, program: MyProgram) -> ClientsOut:
    """List the systems that have a key, and on which days they last used it."""
    return ClientsOut(data=[_out(row, program) for row in await queries.of_regions(tx, program.ids)])


@api.post(
    "",
    status_code=201,
    responses=once.problems(404, 413),
    openapi_extra=once.HEADER,
    response_model=NewClientOut,
    dependencies=[Fresh],
)
async def add_client(wired: Wired, tx: DoorTx, program: MyProgram, only_once: Once, body: ClientIn) -> Response:
    """Add a system of the region, of one of its agencies, or of the sandbox.

    Its secret is shown to this request alone, again only if that is sent again by its key.
    """

    async def work() -> NewClientOut:
        client_id = rules.new_id()
        made = await _add(wired, tx, program, body, client_id, only_once.token(client_id))
        return made.model_copy(update={"secret": None})

    answer = await only_once.answer(tx, 201, work)
    made = NewClientOut.model_validate_json(bytes(answer.body))
    return once.shown(answer, NewClientOut(id=made.id, secret=_secret(body, only_once.token(made.id))))


@api.delete("/{client_id}", status_code=204, responses=problems(404), dependencies=[Fresh, EndsTokens])
async def remove_client(tx: DoorTx, program: MyProgram, client_id: ClientId) -> None:
    """Remove a system with its tokens and webhooks; it is refused within five seconds."""
    await clients.remove(tx, client_id, region_ids=program.ids)


@api.post(
    "/{client_id}/secret",
    responses=once.problems(404),
    openapi_extra=once.HEADER,
    response_model=NewClientOut,
    dependencies=[Fresh, EndsTokens],
)
async def rotate_secret(tx: DoorTx, program: MyProgram, only_once: Once, client_id: ClientId) -> Response:
    """Begin a new secret. The one before works for a week more, so that nothing stops while it is put in place.

    Sent again by the same key it is shown again; by another key yet another one begins, and the first ends at once.
    """

    async def work() -> _Begun:
        number = uuid4()
        is_test = await _rotate(tx, program, client_id, only_once.token(str(number)))
        return _Begun(number=number, is_test=is_test)

    answer = await only_once.answer(tx, 200, work)
    begun = _Begun.model_validate_json(bytes(answer.body))
    secret = rules.secret(only_once.token(str(begun.number)), is_test=begun.is_test)
    return once.shown(answer, NewClientOut(id=client_id, secret=secret))


@api.delete("/{client_id}/former-secret", status_code=204, responses=problems(404), dependencies=[Fresh, EndsTokens])
async def end_former_secret(tx: DoorTx, program: MyProgram, client_id: ClientId) -> None:
    """Let the secret before work no more, and end every token of this system, within five seconds everywhere."""
    await clients.end_former(tx, client_id, region_ids=program.ids)


@api.post("/{client_id}/public-keys", status_code=204, responses=problems(404, 409, 413), dependencies=[Fresh])
async def add_public_key(tx: DoorTx, program: MyProgram, client_id: ClientId, body: PublicKeyIn) -> None:
    """Let a system sign with a key of its own (`private_key_jwt`), beside what it has."""
    await clients.add_key(tx, client_id, rules.public_key(body.public_key), region_ids=program.ids)


@api.delete(
    "/{client_id}/public-keys/{key_id}", status_code=204, responses=problems(404, 409), dependencies=[Fresh, EndsTokens]
)
async def remove_public_key(tx: DoorTx, program: MyProgram, client_id: ClientId, key_id: KeyId) -> None:
    """Let a system sign with this key no more, and end every token of it, within five seconds everywhere."""
    await clients.remove_key(tx, client_id, key_id, region_ids=program.ids)


async def _add(wired: Wiring, tx: DoorTx, program: Program, new: ClientIn, client_id: str, token: str) -> NewClientOut:
    home = program.sandbox if new.is_test else program.region
    if home is None:
        raise SandboxMissingError
    known = {agency.id for agency in (await wired.planes.tenants()).agencies_of(home)}
    if new.agency_id is not None and new.agency_id not in known:
        raise AgencyUnknownError
    secret = _secret(new, token)
    client = NewClient(
        id=client_id,
        region_id=home.id,
        scope=rules.scope_of(new.scopes, is_of_one_agency=new.agency_id is not None, is_test=new.is_test),
        name=new.name,
        agency_id=new.agency_id,
        secret=secret,
        public_keys=(rules.public_key(new.public_key),) if new.public_key else (),
    )
    await clients.put(tx, client)
    return NewClientOut(id=client.id, secret=secret)


async def _rotate(tx: DoorTx, program: Program, client_id: str, token: str) -> bool:
    """Begin a new secret; returns whether it is a sandbox's, as its beginning says."""
    row = await queries.one(tx, client_id, region_ids=program.ids)
    is_test = row.region_id != program.region.id
    await clients.rotate(tx, client_id, region_ids=program.ids, secret=rules.secret(token, is_test=is_test))
    return is_test


def _secret(new: ClientIn, token: str) -> str | None:
    return None if new.public_key else rules.secret(token, is_test=new.is_test)


async def _off(wired: Wiring, program: Program) -> dict[str, list[str]]:
    """Whose webhooks are off, of the region and its sandbox: the program knows, as no other plane does."""
    found: dict[str, list[str]] = {}
    for region in filter(None, (program.region, program.sandbox)):
        async with wired.planes.program(region) as session:
            for one in await webhooks.switched_off(session):
                found.setdefault(one.client_id, []).append(one.because)
    return found


async def _shown(request: Request, wired: Wiring, tx: DoorTx, program: Program, made: NewClientOut) -> Response:
    row = await queries.one(tx, made.id, region_ids=program.ids)
    token_url = f"{wired.settings.public_url.rstrip('/')}{oauth.TOKEN}"
    zone = program.region.time_zone
    view = NewKeyPage(row.name, made.id, made.secret, row.former_until, token_url, zone)
    return rendering.page(request, "program/key.html", view, zone=zone)


def _out(row: ClientRow, program: Program) -> ClientOut:
    return ClientOut(
        id=row.id,
        name=row.name,
        is_test=row.region_id != program.region.id,
        agency_id=row.agency_id,
        scopes=list(row.scopes),
        has_secret=row.has_secret,
        made_on=row.made_on,
        used_on=row.used_on,
        former_until=row.former_until,
        former_used_on=row.former_used_on,
        key_ids=list(row.key_ids),
    )
