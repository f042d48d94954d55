"""A second provider that others wrote, canaille, with one client, in memory, on loopback, in a thread of the tests."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

from infra.local import ports
from services.cli.demo_sign_on import Client

GROUP = "dispatch-admins"
ADMIN = "admin"
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Canaille:
    """How it knows us, and what both of its people type."""

    client: Client
    password: str = field(repr=False)


@contextmanager
def running(redirect_uri: str) -> Iterator[Canaille]:
    """Start it with an admin in the group that is let in, and a stranger in another; stop it at the end."""
    port = ports.any_free()
    app = _app(f"127.0.0.1:{port}")
    client = Client(f"http://127.0.0.1:{port}", "owncall", secrets.token_urlsafe(32), GROUP)
    made = Canaille(client, secrets.token_urlsafe(16))
    with app.app_context():
        _fill(made, redirect_uri)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(place: str) -> Flask:
    key = RSAKey.generate_key(2048)
    key.ensure_kid()
    told = {
        "ENV_FILE": None,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "PREFERRED_URL_SCHEME": "http",
        "SERVER_NAME": place,
        "CANAILLE": {
            "DATABASE": "memory",
            "JAVASCRIPT": False,
            "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}},
        },
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)]},
    }
    app: Flask = create_app(config=told, env_file=None)
    return app


def _fill(made: Canaille, redirect_uri: str) -> None:
    backend = Backend.instance
    for account, group in ((ADMIN, GROUP), (STRANGER, "elsewhere")):
        user = models.User(
            user_name=account,
            formatted_name=account.title(),
            family_name=account.title(),
            emails=[f"{account}@psap.example"],
            password=made.password,
        )
        backend.save(user)
        backend.save(models.Group(display_name=group, members=[user]))
    client = models.Client(
        client_id=made.client.client_id,
        client_secret=made.client.client_secret,
        client_name="OwnCall",
        client_uri="http://localhost",
        redirect_uris=[redirect_uri],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "groups"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="RS256",  # with its RS512 nobody comes in
    )
    backend.save(client)
    backend.update(client, audience=[client])  # as its own form does
    backend.save(client)
