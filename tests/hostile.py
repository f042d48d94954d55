"""A provider that lies: a real HTTP server of this machine, honest until a test says otherwise."""

import base64
import hashlib
import itertools
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

CLIENT_ID, SECRET = "owncall-agency", "of+the client: 1"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
_ANY = JWSRegistry(algorithms=list(JWSRegistry.algorithms), strict_check_header=False)

Json = dict[str, Any]


def signed(claims: Json, key: Any = EC, **header: Any) -> str:  # noqa: ANN401 - whatever signs
    """A token as an attacker makes it: any header, any key."""
    _ANY.max_header_length = 4096
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # an attacker minds none
        parts = {"alg": "ES256", "kid": "ec", "typ": "JWT"} | header, json.dumps(claims)
        return jws.serialize_compact(*parts, key, registry=_ANY)


def at_hash(access_token: str) -> str:
    """As ES256 and RS256 have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


@dataclass
class Provider:
    """One issuer.

    Attributes:
        issuer: where it is.
        configuration: changes what it says of itself.
        claims: changes what stands in an ID token.
        token: changes how it is signed.
        keys: what it gives out.
        asked: every path that somebody asked for.
        subject: who sits before a browser that comes along: signed in there already, and sent back at once.
    """

    issuer: str = ""
    configuration: Callable[[Json], Json] = lambda said: said
    claims: Callable[[Json], Json] = lambda said: said
    token: Callable[[Json], str] = signed
    keys: list[Json] = field(default_factory=lambda: [EC.as_dict(private=False), RSA.as_dict(private=False)])
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Json] = field(default_factory=dict)
    slow_s: float = 0
    subject: str = "s-1"
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def signs_in(self, url: str, subject: str = "s-1") -> list[tuple[str, str]]:
        """Somebody signs in there: what the browser brings back."""
        query = dict(parse_qsl(urlsplit(url).query))
        code = f"code-{next(self.numbers)}"
        self.codes[code] = query | {"sub": subject}
        return [("code", code), ("state", query["state"]), ("iss", self.issuer)]

    def described(self) -> Json:
        return self.configuration(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["ES256", "RS256"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def redeemed(self, form: dict[str, str], authorization: str) -> tuple[int, Json]:
        """Change a code for tokens, as RFC 7636 has it."""
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        is_client = (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, SECRET)
        if begun is None or begun["code_challenge"] != challenge or not is_client:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": begun["sub"], "aud": CLIENT_ID, "nonce": begun["nonce"]}
        claims |= {"iat": now, "exp": now + 300, "at_hash": at_hash("at-1"), "groups": ["leads"]}
        answer = {"id_token": self.token(self.claims(claims)), "access_token": "at-1", "token_type": "Bearer"}
        return 200, answer


@contextmanager
def serving() -> Iterator[Provider]:
    """Run a provider."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            time.sleep(provider.slow_s)
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("location", f"{provider.issuer}/keys")
                self.end_headers()
            elif self.path.startswith("/authorize?"):
                query = dict(parse_qsl(urlsplit(self.path).query))
                self.send_response(302)
                answer = urlencode(provider.signs_in(self.path, provider.subject))
                self.send_header("location", f"{query['redirect_uri']}?{answer}")
                self.end_headers()
            elif self.path.endswith("/openid-configuration"):
                self._answer(200, provider.described())
            else:
                self._answer(200, {"keys": provider.keys})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.redeemed(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, said: Json) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
