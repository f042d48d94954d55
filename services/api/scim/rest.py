"""SCIM 2.0 for one center's directory: the desk's people, in the desk's plane. Peers are in none of it.

What is kept, who may come, and what follows: docs/decisions/0034-scim.md. It describes itself at `/Schemas`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from scim2_models import InvalidSyntaxException, PayloadTooLargeException
from scim2_server.handler import AsyncScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from starlette.responses import Response

from libs.tenancy.directory import AgencyRef
from services.api.deps import DirectoryDeskTx, OwnDirectory, Wired
from services.api.scim.models import SERVICE
from services.api.scim.storage import DeskStorage

router = APIRouter(prefix="/scim/{agency}/v2", include_in_schema=False)

_LARGEST, _LONGEST_QUERY = 16 * 1024, 2_000
_MOST_BRACKETS = 100
"""More of them than any directory writes take the parser of filters long, in which nobody else would be served."""


def base_of(public_url: str, agency: AgencyRef) -> str:
    """Return the address that a center gives its directory."""
    return f"{public_url}/scim/{agency.slug}/v2"


async def said(request: Request, wired: Wired, agency: OwnDirectory) -> ScimRequest:
    """Return what the directory says, as the protocol's core reads it.

    Raises:
        PayloadTooLargeException: it is longer than what any directory says of one person.
        InvalidSyntaxException: it would take long to read.
    """
    base, body = base_of(wired.settings.public_url, agency), await request.body()
    if len(body) > _LARGEST or len(request.url.query) > _LONGEST_QUERY:
        raise PayloadTooLargeException
    if body.count(b"(") > _MOST_BRACKETS:
        raise InvalidSyntaxException
    path = request.url.path.removeprefix(f"/scim/{agency.slug}/v2")
    return ScimRequest(request.method, base, path, dict(request.query_params), request.headers.items(), body)


async def handler(request: Request, tx: DirectoryDeskTx, agency: OwnDirectory) -> AsyncScimHandler:
    """Return the protocol over this center's people."""
    is_writing = request.method in {"PUT", "PATCH", "DELETE"}
    return AsyncScimHandler(SERVICE, DeskStorage(tx, agency, is_writing=is_writing))


Said = Annotated[ScimRequest, Depends(said)]
Handler = Annotated[AsyncScimHandler, Depends(handler)]


@router.get("/ServiceProviderConfig")
async def scim_config(scim: Handler, asked: Said) -> Response:
    """Say what of SCIM there is here."""
    return await _answered(scim.service_provider_config, asked)


@router.get("/ResourceTypes")
async def scim_resource_types(scim: Handler, asked: Said) -> Response:
    """List kinds of resources: users."""
    return await _answered(scim.resource_types, asked)


@router.get("/ResourceTypes/{name}")
async def scim_resource_type(scim: Handler, asked: Said) -> Response:
    """Describe a kind of resource."""
    return await _answered(scim.resource_type, asked)


@router.get("/Schemas")
async def scim_schemas(scim: Handler, asked: Said) -> Response:
    """List schemas: everything that is kept."""
    return await _answered(scim.schemas, asked)


@router.get("/Schemas/{name}")
async def scim_schema(scim: Handler, asked: Said) -> Response:
    """Describe a schema."""
    return await _answered(scim.schema, asked)


@router.post("/.search")
async def scim_search(scim: Handler, asked: Said) -> Response:
    """List people as `GET /Users` does, with what is searched for in the body."""
    return await _answered(scim.search_with_body, asked)


@router.post("/Users/.search")
async def scim_search_users(scim: Handler, asked: Said) -> Response:
    """The same: there are no other resources."""
    return await _answered(scim.search_with_body, asked)


@router.get("/Users")
async def scim_list_users(scim: Handler, asked: Said) -> Response:
    """List people of the directory, 200 at a time, or those whom a filter finds."""
    return await _answered(scim.search, asked)


@router.post("/Users")
async def scim_create_user(scim: Handler, asked: Said) -> Response:
    """Take in somebody new."""
    return await _answered(scim.create, asked)


@router.get("/Users/{user_id}")
async def scim_read_user(scim: Handler, asked: Said) -> Response:
    """Read somebody."""
    return await _answered(scim.query, asked)


@router.put("/Users/{user_id}")
async def scim_replace_user(scim: Handler, asked: Said) -> Response:
    """Say anew who somebody is."""
    return await _answered(scim.replace, asked)


@router.patch("/Users/{user_id}")
async def scim_change_user(scim: Handler, asked: Said) -> Response:
    """Change something of somebody; `active: false` ends an admin's rights with this answer."""
    return await _answered(scim.patch, asked)


@router.delete("/Users/{user_id}")
async def scim_delete_user(scim: Handler, asked: Said) -> Response:
    """Forget somebody; an admin's rights end with this answer."""
    return await _answered(scim.delete, asked)


async def _answered(operation: Callable[[ScimRequest], Awaitable[ScimResponse]], asked: ScimRequest) -> Response:
    answer = await operation(asked)
    if answer.body is None:
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
        return Response(status_code=answer.status, headers=headers)
    return JSONResponse(answer.body, answer.status, answer.headers, media_type=SCIM_MEDIA_TYPE)
