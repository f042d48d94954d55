"""OAuth 2.0 for integrators: a token, its end, and where to find both (RFC 6749 section 4.4, RFC 7009, RFC 8414)."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from libs.peer.clients import actions as clients
from libs.peer.clients import queries as client_queries
from libs.peer.clients import rules
from libs.peer.clients.models import Scope
from libs.tenancy.planes import DoorSession
from services.api.declared import too_many
from services.api.deps import DoorTx, EndsTokens, Wired, count_client, count_network
from services.api.door import oauth
from services.api.door.oauth import Said
from services.api.rates import Counted
from services.api.wiring import Wiring

router = APIRouter(tags=["tokens"])
_FORM = "application/x-www-form-urlencoded"


def _taking(*required: str, **more: str) -> dict[str, Any]:
    """Describe a form, for the document: what it needs, and what more it takes."""
    assertion = {
        "client_assertion_type": "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`",
        "client_assertion": "A signed JWT, for `private_key_jwt`.",
    }
    said_of = {**dict.fromkeys(required, ""), **more, **assertion}
    fields = {name: {"type": "string", "description": said} for name, said in said_of.items()}
    schema = {"type": "object", "required": list(required), "properties": fields}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": schema}}}}


class TokenOut(BaseModel):
    """An access token, and for how many seconds it works. It says nothing by itself: send it along as it is."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "`invalid_request`, `invalid_scope`, `unsupported_grant_type` (RFC 6749, section 5.2)."},
    401: {"description": "`invalid_client`."},
    **too_many(),
}
_DONE = 200
_USED_BEFORE = {"error": "invalid_client", "error_description": "This assertion was used before."}


@router.post(
    oauth.TOKEN,
    responses={200: {"model": TokenOut}, **_REFUSED},
    openapi_extra=_taking(
        "grant_type",
        grant_type="`client_credentials`",
        scope="Less than all that the client may have, with spaces between.",
    ),
)
async def issue_token(request: Request, wired: Wired, tx: DoorTx) -> Response:
    """Give a client an opaque access token of 15 minutes.

    Authenticate by `client_secret_basic` or `private_key_jwt`.
    """
    form = await _form(request)
    known = await client_queries.client(tx, oauth.named_client(request, form))
    said = oauth.token(known, wired.settings.public_url, request, form)
    if said.status != _DONE or known is None:
        return await _failed(request, wired, _answer(said))
    if not await _is_first(tx, known.id, said):
        return await _failed(request, wired, JSONResponse(_USED_BEFORE, 401))
    await count_client(request, wired, known.id)
    said.body["access_token"] = await clients.issue_access_token(tx, known.id, str(said.body["scope"]))
    await clients.note_use(tx, known.id, by_former=said.proof.by_former)
    return _answer(said)


@router.post(oauth.REVOKE, responses=_REFUSED, openapi_extra=_taking("token"), dependencies=[EndsTokens])
async def revoke_token(request: Request, wired: Wired, tx: DoorTx) -> Response:
    """End an access token of yours before its time. 200 whether there was one or not."""
    form = await _form(request)
    known = await client_queries.client(tx, oauth.named_client(request, form))
    said = oauth.revocation(known, wired.settings.public_url, request, form)
    if said.status != _DONE or known is None:
        return await _failed(request, wired, _answer(said))
    if not await _is_first(tx, known.id, said):
        return await _failed(request, wired, JSONResponse(_USED_BEFORE, 401))
    await count_client(request, wired, known.id)
    await clients.revoke_access_token(tx, known.id, form["token"])
    return _answer(said)


@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def oauth_metadata(wired: Wired) -> dict[str, Any]:
    """Say where tokens are given and ended, and how a client proves itself (RFC 8414)."""
    base = wired.settings.public_url.rstrip("/")
    methods = list(oauth.METHODS)
    return {
        "issuer": base,
        "token_endpoint": f"{base}{oauth.TOKEN}",
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": list(rules.ALGORITHMS),
        "revocation_endpoint": f"{base}{oauth.REVOKE}",
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(rules.ALGORITHMS),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": [scope.value for scope in Scope],
        "service_documentation": f"{base}/developers",
    }


async def _form(request: Request) -> dict[str, str]:
    return {key: str(value) for key, value in (await request.form()).items()}


async def _is_first(tx: DoorSession, client_id: str, said: Said) -> bool:
    proof = said.proof
    if proof.assertion_id is None:
        return True
    lives = timedelta(seconds=proof.lives_s)
    return await clients.use_assertion(tx, client_id, proof.assertion_id, lives)


async def _failed(request: Request, wired: Wiring, answer: Response) -> Response:
    """Count what failed by the network that it came from: by the name claimed, anybody could lock a client out.

    Only what failed comes here, so whoever proves itself is let in whatever its neighbours do.
    """
    await count_network(request, wired, Counted.FAILED)
    return answer


def _answer(said: Said) -> JSONResponse:
    return JSONResponse(said.body, said.status, headers=dict(said.headers))
