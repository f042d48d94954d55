"""The token endpoint: OAuth 2.0 client credentials (RFC 6749, section 4.4), by Authlib's core.

Authlib has no FastAPI integration and its core is synchronous, so the client is read before and the token
written after; Authlib decides in between.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from libs.peer.accounts import actions as accounts
from libs.peer.accounts import queries as account_queries
from libs.peer.accounts import rules
from libs.peer.accounts.queries import KnownClient
from services.api.deps import DoorTx

router = APIRouter(prefix="/v1/oauth", tags=["door"])


@router.post("/token")
async def issue_token(request: Request, tx: DoorTx) -> Response:
    """Give a client an opaque access token of 15 minutes. Authenticate with `client_secret_basic`."""
    known = await account_queries.client(tx, _client_id(request))
    form = {key: str(value) for key, value in (await request.form()).items()}
    status, body, headers = _Server(known).answer(request, form)
    if status == 200 and known is not None:  # noqa: PLR2004 - HTTP
        body["access_token"] = await accounts.issue_access_token(tx, known.id, str(body["scope"]))
    return JSONResponse(body, status, headers=dict(headers))


@dataclass(frozen=True, slots=True)
class _Client(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """A stored client as Authlib asks it."""

    known: KnownClient

    def get_allowed_scope(self, scope: str) -> str:
        allowed = self.known.scope.split()
        return " ".join(item for item in (scope or self.known.scope).split() if item in allowed)

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(rules.hashed(client_secret), self.known.secret_hash)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return bool(method == "client_secret_basic")

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """A form, as Authlib reads it. TLS ends at the proxy, so the address says https whatever uvicorn saw."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        super().__init__("POST", f"https://{request.url.netloc}{request.url.path}", headers=request.headers)
        self.payload = BasicOAuth2Payload(form)
        self._form = form

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """One answer of the token endpoint, for the one client that was read for it."""

    def __init__(self, known: KnownClient | None) -> None:
        super().__init__()
        self._known = known
        self.register_grant(ClientCredentialsGrant)
        self.register_token_generator("default", self._token)

    def answer(self, request: Request, form: dict[str, str]) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        found: tuple[int, dict[str, Any], list[tuple[str, str]]] = self.create_token_response(_Request(request, form))
        return found

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self._known) if self._known is not None and self._known.id == client_id else None

    def save_token(self, _token: dict[str, Any], _request: OAuth2Request) -> None:
        """The handler stores it, hashed."""

    def send_signal(self, _name: str, *_args: object, **_kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(
        self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]
    ) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        return status, body, headers

    def _token(self, client: _Client, scope: str, **_others: object) -> dict[str, Any]:
        lives_s = int(rules.ACCESS_TOKEN_LIVES.total_seconds())
        return {"token_type": "Bearer", "expires_in": lives_s, "scope": client.get_allowed_scope(scope)}


def _client_id(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
