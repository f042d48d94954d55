"""Keys of integrators: made by the manager, shown once, rotated with overlap, ended at once; and signed assertions."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from joserfc import jwk, jwt

from services.cli import demo
from tests.reporting import by_key
from tests.world import World

PUBLIC_URL = "http://localhost:8080"
KEY, ANOTHER = jwk.ECKey.generate_key("P-256"), jwk.ECKey.generate_key("P-256")
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def manager(world: World) -> httpx2.AsyncClient:
    """The program manager, just signed in."""
    return world.client(await world.signs_in(demo.MANAGER))


async def makes(client: httpx2.AsyncClient, **more: object) -> dict[str, Any]:
    """The manager makes a key; what is shown once."""
    asked = {"name": "Intranet", "scopes": ["agencies:read"], **more}
    made = await client.post("/v1/clients", json=asked, headers=by_key())
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def by_secret(world: World, client_id: str, secret: str, path: str = "token", **form: str) -> httpx2.Response:
    """The system comes by its secret."""
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    data = {"grant_type": "client_credentials", **form}
    return await world.client(headers={"authorization": f"Basic {basic}"}).post(f"/v1/oauth/{path}", data=data)


def said(client_id: str, **other: object) -> dict[str, Any]:
    """What an assertion says."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": f"{PUBLIC_URL}/v1/oauth/token", "iat": now, "exp": now + 60}
    return {key: value for key, value in {**claims, "jti": uuid4().hex, **other}.items() if value is not None}


async def by_assertion(world: World, assertion: str) -> httpx2.Response:
    """The system comes by a signed assertion."""
    form = {"grant_type": "client_credentials", "client_assertion_type": BEARER, "client_assertion": assertion}
    return await world.client().post("/v1/oauth/token", data=form)


async def calls(world: World, token: str) -> int:
    """Call with a token; the status."""
    headers = {"authorization": f"Bearer {token}"}
    return (await world.client(headers=headers).get("/v1/agencies")).status_code


def signed(claims: dict[str, Any], key: jwk.Key = KEY, **header: Any) -> str:  # noqa: ANN401 - any JSON
    """An assertion with a signature."""
    return jwt.encode({"alg": "ES256", **header}, claims, key, algorithms=[header.get("alg", "ES256")])


async def test_a_key_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    client = await manager(world)
    made = await makes(client, name="  Intranet of \n the program ")
    assert made["secret"].startswith("psk_live_")
    assert await calls(world, (await by_secret(world, made["id"], made["secret"])).json()["access_token"]) == 200
    listed = next(one for one in (await client.get("/v1/clients")).json()["data"] if one["id"] == made["id"])
    assert (listed["name"], listed["has_secret"], listed["scopes"]) == (
        "Intranet of the program",
        True,
        ["agencies:read"],
    )
    assert listed["used_on"] == str((await world.rows("SELECT CAST(shared.clock() AS date)"))[0][0])
    for text in (await client.get("/v1/clients")).text, (await client.get("/program/keys")).text:
        assert made["secret"] not in text
    row = await world.rows("SELECT CAST(c AS text) FROM shared.client c WHERE id = $1", made["id"])
    assert made["secret"] not in row[0][0]


async def test_a_new_secret_overlaps_with_the_one_before_for_a_week(world: World) -> None:
    client = await manager(world)
    made = await makes(client)
    second = (await client.post(f"/v1/clients/{made['id']}/secret", headers=by_key())).json()["secret"]
    for secret in made["secret"], second:
        assert (await by_secret(world, made["id"], secret)).status_code == 200
    third = (await client.post(f"/v1/clients/{made['id']}/secret", headers=by_key())).json()["secret"]
    works = [(await by_secret(world, made["id"], secret)).status_code for secret in (made["secret"], second, third)]
    assert works == [401, 200, 200]
    await world.advance(days=7, minutes=1)
    works = [(await by_secret(world, made["id"], secret)).status_code for secret in (second, third)]
    assert works == [401, 200]


async def test_what_is_ended_ends_with_the_next_call(world: World) -> None:
    client = await manager(world)
    made = await makes(client)
    token = (await by_secret(world, made["id"], made["secret"])).json()["access_token"]
    await client.post(f"/v1/clients/{made['id']}/secret", headers=by_key())
    assert await calls(world, token) == 200
    assert (await client.delete(f"/v1/clients/{made['id']}/former-secret")).status_code == 204
    assert await calls(world, token) == 401
    assert (await by_secret(world, made["id"], made["secret"])).status_code == 401
    another = await makes(client)
    token = (await by_secret(world, another["id"], another["secret"])).json()["access_token"]
    assert (await client.delete(f"/v1/clients/{another['id']}")).status_code == 204
    assert await calls(world, token) == 401
    assert (await client.delete(f"/v1/clients/{another['id']}")).status_code == 404


async def test_a_system_ends_its_own_token_and_hears_the_same_of_anothers(world: World) -> None:
    client = await manager(world)
    mine, theirs = await makes(client), await makes(client)
    token = (await by_secret(world, theirs["id"], theirs["secret"])).json()["access_token"]
    for caller, left in (mine, 200), (theirs, 401):
        ended = await by_secret(world, caller["id"], caller["secret"], "revoke", token=token)
        assert (ended.status_code, ended.text) == (200, "{}")
        assert await calls(world, token) == left
    assert (await by_secret(world, mine["id"], "wrong", "revoke", token=token)).status_code == 401
    assert (await by_secret(world, mine["id"], mine["secret"], "revoke")).status_code == 400


async def test_more_than_was_given_is_refused_and_says_so(world: World) -> None:
    made = await makes(await manager(world))
    refused = await by_secret(world, made["id"], made["secret"], scope="agencies:read webhooks:write")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


async def test_a_system_signs_with_a_key_of_its_own(world: World) -> None:
    client = await manager(world)
    public = json.dumps(KEY.as_dict(private=False))
    made = await makes(client, public_key=public)
    assert made["secret"] is None
    granted = await by_assertion(world, signed(said(made["id"])))
    assert granted.status_code == 200, granted.text
    token = granted.json()["access_token"]
    assert await calls(world, token) == 200
    path = f"/v1/clients/{made['id']}/public-keys"
    refused = await client.delete(f"{path}/{KEY.thumbprint()}")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last_key")
    assert (await client.post(path, json={"public_key": json.dumps(ANOTHER.as_dict(private=False))})).status_code == 204
    assert (await client.delete(f"{path}/{KEY.thumbprint()}")).status_code == 204
    assert await calls(world, token) == 401
    assert (await by_assertion(world, signed(said(made["id"])))).status_code == 400
    assert (await by_assertion(world, signed(said(made["id"]), ANOTHER))).status_code == 200


def _by_hand(claims: dict[str, Any], alg: str, secret: bytes | None = None) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": alg}, claims)]
    mac = hmac.new(secret, b".".join(parts), hashlib.sha256).digest() if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


LIES: dict[str, Callable[[str], str]] = {
    "another key": lambda who: signed(said(who), ANOTHER),
    "no signature": lambda who: _by_hand(said(who), "none"),
    "the public key as a shared secret": lambda who: _by_hand(said(who), "HS256", KEY.as_pem(private=False)),
    "a key that it brings along": lambda who: signed(said(who), ANOTHER, jwk=ANOTHER.as_dict(private=False)),
    "for another server": lambda who: signed(said(who, aud="https://elsewhere.example/token")),
    "for nobody": lambda who: signed(said(who, aud=None)),
    "too late": lambda who: signed(said(who, exp=int(time.time()) - 120)),
    "without an end": lambda who: signed(said(who, exp=None)),
    "for a year": lambda who: signed(said(who, exp=int(time.time()) + 31_536_000)),
    "with an odd end": lambda who: signed(said(who, exp=float("nan"))),
    "with an endless end": lambda who: signed(said(who, exp=10**400)),
    "not yet": lambda who: signed(said(who, nbf=int(time.time()) + 3600)),
    "made by somebody else": lambda who: signed(said(who, iss="client_elsewhere")),
    "of nobody": lambda who: signed(said(who, sub=None)),
    "of an odd somebody": lambda who: signed(said(who, sub=[who])),
    "of somebody whom no column takes": lambda who: signed(said(who, sub="client_\x00")),
    "of half a sign": lambda who: _by_hand(said(who, sub="\ud800"), "ES256"),
    "without a name of its own": lambda who: signed(said(who, jti=None)),
    "with an odd name": lambda who: signed(said(who, jti={"a": 1})),
    "cut": lambda who: signed(said(who))[:-20],
    "no assertion": "x.{}.z".format,
}


@pytest.mark.parametrize("lie", LIES)
async def test_no_wrong_assertion_gets_a_token(world: World, lie: str) -> None:
    made = await makes(await manager(world), public_key=json.dumps(KEY.as_dict(private=False)))
    refused = await by_assertion(world, LIES[lie](made["id"]))
    assert refused.status_code in {400, 401}, refused.text
    assert refused.json()["error"] == "invalid_client"
    assert (await by_assertion(world, signed(said(made["id"])))).status_code == 200


async def test_of_fifty_with_the_same_assertion_at_once_one_gets_a_token(world: World) -> None:
    made = await makes(await manager(world), public_key=json.dumps(KEY.as_dict(private=False)))
    assertion = signed(said(made["id"]))
    answers = await asyncio.gather(*(by_assertion(world, assertion) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


async def test_a_private_key_is_refused_and_kept_nowhere(world: World) -> None:
    client, private = await manager(world), KEY.as_dict(private=True)
    asked = {"name": "CAD", "scopes": ["incidents:write"], "public_key": json.dumps(private)}
    refused = await client.post("/v1/clients", json=asked, headers=by_key())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/public_key_refused")
    assert str(private["d"]) not in refused.text
    assert not await world.rows("SELECT 1 FROM shared.client WHERE public_keys LIKE '%' || $1 || '%'", private["d"])


async def test_a_center_is_an_employer_and_hears_nothing_of_the_program(world: World) -> None:
    agency = (await world.planes.tenants()).agency("redbank")
    asked = {"name": "CAD", "scopes": ["webhooks:read"], "agency_id": str(agency.id)}
    refused = await (await manager(world)).post("/v1/clients", json=asked, headers=by_key())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/scope_refused")


async def test_pages_make_rotate_and_remove(world: World) -> None:
    client = await manager(world)
    shown = await client.post("/program/keys", data={"name": "Tafel", "scope": ["agencies:read"], "serves": ""})
    assert shown.status_code == 200
    assert shown.text.count("psk_live_") == 1
    row = next(one for one in (await client.get("/v1/clients")).json()["data"] if one["name"] == "Tafel")
    again = await client.post(f"/program/keys/{row['id']}/rotate")
    listed = (await client.get("/program/keys")).text
    assert not re.search(r"psk_live_[\w-]{43}", listed)
    assert re.search(r"psk_live_[\w-]{43}", again.text)
    assert (await client.post(f"/program/keys/{row['id']}/end-former")).status_code == 303
    assert (await client.post(f"/program/keys/{row['id']}/remove")).status_code == 303
    assert not [one for one in (await client.get("/v1/clients")).json()["data"] if one["name"] == "Tafel"]
    assert (await client.post("/program/keys", data={"name": " ", "scope": "agencies:read"})).status_code == 422
    assert (await client.post("/program/keys", data={"name": "Nothing"})).status_code == 422


async def test_where_tokens_are_given_is_said(world: World) -> None:
    found = (await world.client().get("/.well-known/oauth-authorization-server")).json()
    assert found["issuer"] == PUBLIC_URL
    assert found["token_endpoint"] == f"{PUBLIC_URL}/v1/oauth/token"
    assert set(found["token_endpoint_auth_methods_supported"]) == {"client_secret_basic", "private_key_jwt"}
