"""Which public keys are good enough, and what a system may ask for."""

import json
from collections.abc import Callable

import pytest
from joserfc import jwk

from libs.peer.clients import rules
from libs.peer.clients.errors import PublicKeyRefusedError, ScopeRefusedError
from libs.peer.clients.models import Scope
from services.api.policy import POLICY, Principal

GOOD: dict[str, Callable[[], jwk.Key]] = {
    "EC": lambda: jwk.ECKey.generate_key("P-256"),
    "OKP": lambda: jwk.OKPKey.generate_key("Ed25519"),
    "RSA": lambda: jwk.RSAKey.generate_key(2048),
}
_WHOLE = jwk.ECKey.generate_key("P-256").as_dict(private=False)
BAD = {
    "not JSON": "-----BEGIN PUBLIC KEY-----",
    "no object": "[]",
    "deep": "[" * 4000,
    "symmetric": json.dumps({"kty": "oct", "k": "c2VjcmV0"}),
    "of no kind": json.dumps({"n": "AQAB"}),
    "another curve": json.dumps(jwk.ECKey.generate_key("P-384").as_dict(private=False)),
    "another curve of its kind": json.dumps(jwk.OKPKey.generate_key("X25519").as_dict(private=False)),
    "short RSA": json.dumps({"kty": "RSA", "e": "AQAB", "n": "wA" * 86}),
    "a part is missing": json.dumps({name: value for name, value in _WHOLE.items() if name != "y"}),
    "a part is no text": json.dumps({**_WHOLE, "y": 7}),
    "not on the curve": json.dumps({**_WHOLE, "y": _WHOLE["x"]}),
    "cut off": json.dumps({**_WHOLE, "x": str(_WHOLE["x"])[:8]}),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_public_key_is_kept_by_its_public_parts_alone(kind: str) -> None:
    key = GOOD[kind]()
    kept = rules.public_key(
        json.dumps({**key.as_dict(private=False), "kid": "mine", "use": "sig", "x5u": "https://x.example"})
    )
    assert kept["kid"] == key.thumbprint()
    assert set(kept) <= {"kty", "crv", "x", "y", "n", "e", "kid"}


@pytest.mark.parametrize("kind", GOOD)
def test_a_private_key_is_refused_and_the_sentence_says_what_to_do(kind: str) -> None:
    with pytest.raises(PublicKeyRefusedError, match="private half"):
        rules.public_key(json.dumps(GOOD[kind]().as_dict(private=True)))


@pytest.mark.parametrize("bad", BAD)
def test_no_other_key_is_taken(bad: str) -> None:
    with pytest.raises(PublicKeyRefusedError):
        rules.public_key(BAD[bad])


def test_webhooks_are_the_whole_regions_and_something_must_be_asked_for() -> None:
    two = [Scope.INCIDENTS_WRITE, Scope.AGENCIES_READ]
    assert rules.scope_of(two, is_of_one_agency=True, is_test=False) == "agencies:read incidents:write"
    everything_but = [scope for scope in Scope if scope is not Scope.SANDBOX_WRITE]
    assert rules.scope_of(everything_but, is_of_one_agency=False, is_test=False) == " ".join(everything_but)
    for wanted, of_one in (([Scope.WEBHOOKS_READ], True), ([], False), ([Scope.SANDBOX_WRITE], False)):
        with pytest.raises(ScopeRefusedError):
            rules.scope_of(wanted, is_of_one_agency=of_one, is_test=False)


def test_every_key_of_a_sandbox_can_put_it_back() -> None:
    said = rules.scope_of([Scope.ROSTER_READ], is_of_one_agency=False, is_test=True)
    assert said == f"{Scope.ROSTER_READ} {Scope.SANDBOX_WRITE}"


def test_what_can_be_asked_for_is_what_the_policy_table_knows_and_nothing_of_it_enters_care() -> None:
    of_machines = {name: entry for name, entry in POLICY.items() if Principal.INTEGRATOR in entry.principals}
    assert {entry.scope for entry in of_machines.values()} == set(Scope)
    assert not [
        name for name, entry in of_machines.items() if {"care", "dispatch"} & {str(one) for one in entry.planes}
    ]


def test_a_secret_says_what_it_is() -> None:
    assert rules.new_secret(is_test=True).startswith("psk_test_")
    assert rules.new_secret(is_test=False).startswith("psk_live_")
    assert len(rules.new_secret(is_test=False)) >= len("psk_live_") + 43
