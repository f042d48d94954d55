"""How a client proves itself: Authlib's core decides, for the one client that was read for it.

Authlib has no FastAPI integration and its core is synchronous, so the client is read before and what follows is written
after; Authlib decides in between. A client comes by `client_secret_basic` (RFC 6749) or `private_key_jwt` (RFC 7523).
"""

import base64
import binascii
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, TokenEndpoint
from authlib.oauth2.rfc6749.authenticate_client import authenticate_client_secret_basic
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from fastapi import Request
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from libs.peer.accounts.rules import hashed
from libs.peer.clients import rules
from libs.peer.clients.queries import KnownClient

TOKEN, REVOKE = "/v1/oauth/token", "/v1/oauth/revoke"
_BASIC, _ASSERTION = METHODS = ("client_secret_basic", "private_key_jwt")
_LONGEST_ID, _LONGEST_ASSERTION = 200, 8000
_AN_ID = re.compile(rf"[\x21-\x7e]{{1,{_LONGEST_ID}}}")
"""It is looked up before anything is proven: nothing that PostgreSQL would not even read."""

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


@dataclass(slots=True)
class Proof:
    """By what a client proved itself.

    Attributes:
        by_former: by the secret before.
        assertion_id: of the signed assertion, which is good once.
        lives_s: how long the assertion could be used again.
    """

    by_former: bool = False
    assertion_id: str | None = None
    lives_s: float = 0.0


def named_client(request: Request, form: dict[str, str]) -> str:
    """Return which client says that it calls; nothing is believed yet. "" for what no client's id looks like."""
    said = _said_name(request, form)
    return said if _AN_ID.fullmatch(said) else ""


def _said_name(request: Request, form: dict[str, str]) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() == "basic":
            return unquote_plus(base64.b64decode(value).decode().partition(":")[0])
        payload = form.get("client_assertion", "").split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(said["sub"]) if isinstance(said, dict) else ""
    except (binascii.Error, ValueError, IndexError, KeyError, RecursionError):
        return ""


@dataclass(frozen=True, slots=True)
class _Client(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """A stored client as Authlib asks it."""

    known: KnownClient
    proof: Proof

    def get_allowed_scope(self, scope: str) -> str:
        allowed = self.known.scope.split()
        wanted = (scope or self.known.scope).split()
        if not set(wanted) <= set(allowed):
            raise InvalidScopeError("This client may not have all of that. Leave `scope` out for all that it may have.")
        return " ".join(item for item in allowed if item in wanted)

    def check_client_secret(self, client_secret: str) -> bool:
        given = hashed(client_secret)
        self.proof.by_former = _is(given, self.known.former_hash)
        return self.proof.by_former or _is(given, self.known.secret_hash)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


def _by_secret(query_client: Callable[[str], _Client | None], request: OAuth2Request) -> _Client | None:
    """Return the client that shows its secret; None for a header that is no text, at which Authlib would stumble."""
    try:
        found: _Client | None = authenticate_client_secret_basic(query_client, request)
    except ValueError:
        return None
    return found


def _is(given: bytes, kept: bytes | None) -> bool:
    return hmac.compare_digest(given, kept or b"\0" * len(given)) and kept is not None


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """A form, as Authlib reads it. TLS ends at the proxy, so the address says https whatever uvicorn saw."""

    def __init__(self, request: Request, form: dict[str, str]) -> None:
        super().__init__("POST", f"https://{request.url.netloc}{request.url.path}", headers=request.headers)
        self.payload = BasicOAuth2Payload(form)
        self._form = form

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib is untyped
    """An assertion that the client signed with a key of its own, for us, for minutes, once."""

    CLIENT_AUTH_METHOD = _ASSERTION

    def __init__(self, public_url: str) -> None:
        super().__init__()
        self._public_url = public_url.rstrip("/")
        self._proof = Proof()

    def get_audiences(self) -> list[str]:
        return [self._public_url, *(f"{self._public_url}{path}" for path in (TOKEN, REVOKE))]

    def resolve_client_public_key(self, client: _Client) -> jwk.KeySet:
        self._proof = client.proof
        if not client.known.public_keys:
            raise InvalidClientError(description="This client has no public key here.")
        return jwk.KeySet([jwk.import_key(dict(key)) for key in client.known.public_keys])

    def process_assertion_claims(self, assertion: str, resolve_key: jwk.KeySet) -> dict[str, Any]:
        for key in resolve_key.keys:
            try:
                token = jwt.decode(assertion, key, algorithms=list(rules.ALGORITHMS))
            except (JoseError, ValueError, TypeError):
                continue
            self.verify_claims(token.claims)
            return token.claims
        raise InvalidClientError(description="None of this client's public keys fits the signature.")

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return super().extract_assertion(assertion[:_LONGEST_ASSERTION])  # type: ignore[no-any-return]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidClientError(description="Invalid JWT assertion.") from error

    def validate_jti(self, claims: dict[str, Any], jti: object) -> bool:
        """Note what is used up; whether it was used before, the database says afterwards."""
        ends, now = claims["exp"], time.time()
        if not isinstance(ends, int) or ends > now + rules.ASSERTION_LIVES_AT_MOST.total_seconds():
            raise InvalidClientError(description="An assertion lives five minutes at most.")
        if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
            raise InvalidClientError(description="Invalid claim: 'jti'")
        self._proof.assertion_id = jti
        self._proof.lives_s = ends + self.leeway - now
        return True


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class _Revocation(TokenEndpoint):  # type: ignore[misc]  # Authlib is untyped
    """RFC 7009: who has proved itself ends tokens of its own; of any other it hears the same."""

    ENDPOINT_NAME = "revocation"
    CLIENT_AUTH_METHODS = METHODS

    def create_endpoint_response(self, request: _Request) -> Answer:
        if not request.form.get("token"):
            raise InvalidRequestError("Say which `token`.")
        self.authenticate_endpoint_client(request)
        return 200, {}, [("Cache-Control", "no-store")]


@dataclass(frozen=True, slots=True)
class Said:
    """What Authlib decided, and by what the client proved itself."""

    status: int
    body: dict[str, Any]
    headers: list[tuple[str, str]]
    proof: Proof = field(repr=False)


class _Server(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """One answer, for the one client that was read for it."""

    def __init__(self, known: KnownClient | None, public_url: str) -> None:
        super().__init__()
        self._known, self._proof = known, Proof()
        self.register_grant(_Grant)
        self.register_endpoint(_Revocation)
        self.register_token_generator("default", self._token)
        self.register_client_auth_method(_BASIC, _by_secret)
        self.register_client_auth_method(_ASSERTION, _Assertion(public_url))

    def said(self, answer: Answer) -> Said:
        status, body, headers = answer
        return Said(status, body, headers, self._proof)

    def query_client(self, client_id: str) -> _Client | None:
        known = self._known
        return _Client(known, self._proof) if known is not None and known.id == client_id else None

    def save_token(self, _token: dict[str, Any], _request: OAuth2Request) -> None:
        """The handler stores it, hashed."""

    def send_signal(self, _name: str, *_args: object, **_kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Answer:
        return status, body, headers

    def _token(self, client: _Client, scope: str, **_others: object) -> dict[str, Any]:
        lives_s = int(rules.ACCESS_TOKEN_LIVES.total_seconds())
        return {"token_type": "Bearer", "expires_in": lives_s, "scope": client.get_allowed_scope(scope)}


def token(known: KnownClient | None, public_url: str, request: Request, form: dict[str, str]) -> Said:
    """Decide whether a client gets a token.

    Args:
        known: the client that it says to be, as stored; None when there is none.
        public_url: of ours; an assertion must be for it.
        request: its headers.
        form: its body.
    """
    server = _Server(known, public_url)
    return server.said(server.create_token_response(_Request(request, form)))


def revocation(known: KnownClient | None, public_url: str, request: Request, form: dict[str, str]) -> Said:
    """Decide whether a client may end a token; arguments as for `token`."""
    server = _Server(known, public_url)
    return server.said(server.create_endpoint_response("revocation", _Request(request, form)))
