"""T12: a provider that lies, or somebody between it and us; each lie gets in when its check is undone, and no other."""

import asyncio
import hmac
import json
import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from libs.peer.addresses.reaching import Reach
from libs.peer.sso import attempts, fetching, tokens
from libs.peer.sso.attempts import Answer, Attempt, Registration
from libs.peer.sso.errors import Flaw, ProviderAwayError, ProviderUnusableError, SignOnRefusedError
from libs.peer.sso.fetching import Fetcher
from libs.peer.sso.keys import Keys
from libs.peer.sso.tokens import Identity
from tests.hostile import CLIENT_ID, RSA, SECRET, Json, Provider, serving, signed
from tests.verify import record

FOREIGN = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore", SecurityWarning)  # an attacker minds no warnings
    WEAK = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig"})
NOW = time.time


@dataclass
class Story:
    """Somebody signs in: what the provider is told to say, and what becomes of the answer on its way."""

    liar: Provider
    keys: Keys = field(default_factory=lambda: Keys(Fetcher(Reach(may_loop=True))))
    attempt: Attempt = field(default_factory=attempts.begin)
    on_the_way: Callable[[list[tuple[str, str]]], Answer] = lambda answer: answer
    browser: str | None = None

    async def goes(self, subject: str = "s-1") -> Identity:
        mine = Registration(self.liar.issuer, CLIENT_ID, SECRET, "https://us.example/sign-on")
        provider = await attempts.provider_of(self.keys, mine.issuer)
        answer = self.on_the_way(self.liar.signs_in(attempts.address(provider, mine, self.attempt), subject))
        browser = self.attempt.browser if self.browser is None else self.browser
        return await attempts.finish(self.keys, provider, mine, self.attempt, answer, browser, NOW())


Lie = Callable[[Story], None]


def says(**changed: Any) -> Lie:  # noqa: ANN401
    """Claims are changed; None: left out. The signature is right."""

    def lie(story: Story) -> None:
        story.liar.claims = lambda said: {k: v for k, v in (said | changed).items() if v is not None}

    return lie


def signs(token: Callable[[Json], str]) -> Lie:
    def lie(story: Story) -> None:
        story.liar.token = token

    return lie


def brings(change: Callable[[dict[str, str]], Sequence[tuple[str, str]]]) -> Lie:
    def lie(story: Story) -> None:
        story.on_the_way = lambda answer: list(change(dict(answer)))

    return lie


def _without(name: str) -> Callable[[dict[str, str]], Sequence[tuple[str, str]]]:
    return lambda answer: [pair for pair in answer.items() if pair[0] != name]


def _other(**changed: str) -> Callable[[dict[str, str]], Sequence[tuple[str, str]]]:
    return lambda answer: list((answer | changed).items())


def _other_browser(story: Story) -> None:
    story.browser = attempts.begin().browser


def _part(said: bytes) -> str:
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def _by_hmac(secret: bytes, kid: str) -> Callable[[Json], str]:
    """By hand: the library refuses to sign like this."""

    def token(claims: Json) -> str:
        header = {"alg": "HS256", "kid": kid, "typ": "JWT"}
        text = ".".join(_part(json.dumps(one).encode()) for one in (header, claims))
        return f"{text}.{_part(hmac.digest(secret, text.encode(), 'sha256'))}"

    return token


def _unsigned(claims: Json) -> str:
    header = {"alg": "none", "kid": "ec", "typ": "JWT"}
    return ".".join(_part(json.dumps(one).encode()) for one in (header, claims)) + "."


def _changed(claims: Json) -> str:
    head, _, signature = signed(claims).split(".")
    body = _part(json.dumps(claims | {"sub": "boss"}).encode())
    return f"{head}.{body}.{signature}"


def _with(key: Any, signer: Any = None, **header: str) -> Lie:  # noqa: ANN401
    """The provider gives a key out, and signs with it."""

    def lie(story: Story) -> None:
        story.liar.keys = [*story.liar.keys, key.as_dict(private=False)]
        story.liar.token = lambda claims: signed(claims, signer or key, **header)

    return lie


HERE = "http://127.0.0.1:1/keys"
# Refused by one check of ours, which a test can undo: then it gets in.
UNDONE: dict[str, tuple[Lie, Flaw]] = {
    "answer of another issuer (mix-up)": (brings(_other(iss="https://other.example")), Flaw.ISSUER),
    "answer that leaves out iss, which is announced": (brings(_without("iss")), Flaw.ISSUER),
    "state of another attempt": (brings(_other(state=attempts.begin().state)), Flaw.STATE),
    "no state": (brings(_without("state")), Flaw.STATE),
    "another browser ends it (login CSRF)": (_other_browser, Flaw.BROWSER),
    "a name twice in the answer": (brings(lambda said: [("code", "x"), *said.items()]), Flaw.REPEATED),
    "error beside the code": (brings(_other(error="access_denied")), Flaw.DENIED),
    "token of another issuer": (says(iss="https://other.example"), Flaw.ISSUER),
    "token for another client": (says(aud="other"), Flaw.AUDIENCE),
    "token for two clients": (says(aud=[CLIENT_ID, "other"]), Flaw.AUDIENCE),
    "token that another client asked for": (says(azp="other"), Flaw.AUDIENCE),
    "nonce of another attempt (replay)": (says(nonce=attempts.begin().nonce), Flaw.NONCE),
    "expired": (says(exp=NOW() - 120), Flaw.TIME),
    "made an hour ago": (says(iat=NOW() - 3600), Flaw.TIME),
    "made in the future": (says(iat=NOW() + 3600), Flaw.TIME),
    "not good yet": (says(nbf=NOW() + 3600), Flaw.TIME),
    "hash of another access token": (says(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), Flaw.ACCESS_TOKEN),
    "a logout token": (signs(lambda claims: signed(claims, typ="logout+jwt")), Flaw.TYPE),
}
# Refused by more than one check, or by one that nothing can stand in for.
HELD: dict[str, tuple[Lie, Flaw]] = {
    "no nonce": (says(nonce=None), Flaw.NONCE),
    "nonce that is half a letter": (says(nonce="\ud800"), Flaw.NONCE),
    "no expiry": (says(exp=None), Flaw.TIME),
    "expiry that is no number": (says(exp=True), Flaw.TIME),
    "no subject": (says(sub=None), Flaw.SUBJECT),
    "subject that is no word": (says(sub=["s-1"]), Flaw.SUBJECT),
    "alg none": (signs(_unsigned), Flaw.ALGORITHM),
    "HS256 with the public key": (signs(_by_hmac(RSA.as_pem(private=False), "rsa")), Flaw.ALGORITHM),
    "HS256 with the client's secret": (signs(_by_hmac(SECRET.encode(), "ec")), Flaw.ALGORITHM),
    "an algorithm that is not on the list": (
        signs(lambda claims: signed(claims, RSA, alg="RS512", kid="rsa")),
        Flaw.ALGORITHM,
    ),
    "claims changed on the way": (signs(_changed), Flaw.SIGNATURE),
    "key of somebody else under the same name": (signs(lambda claims: signed(claims, FOREIGN)), Flaw.SIGNATURE),
    "key that the header brings along": (
        signs(lambda claims: signed(claims, FOREIGN, jwk=FOREIGN.as_dict(private=False))),
        Flaw.SIGNATURE,
    ),
    "address of keys in the header (jku)": (signs(lambda claims: signed(claims, FOREIGN, jku=HERE)), Flaw.SIGNATURE),
    "address as the name of a key (kid)": (signs(lambda claims: signed(claims, FOREIGN, kid=HERE)), Flaw.KEY),
    "RS256 with a key of 1024 bits": (_with(WEAK, alg="RS256", kid="weak"), Flaw.KEY),
    "two keys of one name": (_with(FOREIGN), Flaw.KEY),
    "an extension that must be understood": (
        signs(lambda claims: signed(claims).replace(signed(claims).split(".")[0], _critical(), 1)),
        Flaw.SIGNATURE,
    ),
}


def _critical() -> str:
    header = {"alg": "ES256", "kid": "ec", "crit": ["x"], "x": 1}
    return _part(json.dumps(header).encode())


async def test_an_honest_provider_signs_somebody_in(liar: Provider) -> None:
    who = await Story(liar).goes()
    assert (who.issuer, who.subject, who.groups("groups")) == (liar.issuer, "s-1", frozenset({"leads"}))


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS256"), (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "EdDSA")]
)
async def test_every_algorithm_that_is_allowed_works(liar: Provider, key: RSAKey | OKPKey, algorithm: str) -> None:
    liar.keys = [key.as_dict(private=False)]
    says(at_hash=None)(Story(liar))
    liar.token = lambda claims: signed(claims, key, alg=algorithm, kid=key.kid)
    assert (await Story(liar).goes()).subject == "s-1"


@pytest.mark.parametrize("name", [*UNDONE, *HELD])
async def test_a_lie_is_refused_for_what_it_is(liar: Provider, name: str) -> None:
    lie, flaw = (UNDONE | HELD)[name]
    story = Story(liar)
    lie(story)
    with pytest.raises(SignOnRefusedError) as refused:
        await story.goes()
    assert refused.value.flaw is flaw
    assert set(liar.asked) <= {"/.well-known/openid-configuration", "/token", "/keys"}


@pytest.mark.parametrize("name", UNDONE)
async def test_without_its_check_the_lie_gets_in(liar: Provider, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lie, undone = UNDONE[name]
    story = Story(liar)
    lie(story)
    real = SignOnRefusedError.unless
    monkeypatch.setattr(SignOnRefusedError, "unless", lambda holds, flaw: real(holds or flaw is undone, flaw))
    assert (await story.goes()).subject == "s-1"


@pytest.mark.parametrize("said", [True, False, "true", None])
async def test_claims_are_asked_for_by_name_where_a_provider_says_that_they_can_be(
    liar: Provider, said: object
) -> None:
    liar.configuration = lambda configuration: configuration | {"claims_parameter_supported": said}
    provider = await attempts.provider_of(Keys(Fetcher(Reach(may_loop=True))), liar.issuer)
    mine = Registration(liar.issuer, CLIENT_ID, SECRET, "https://us.example/sign-on")

    query = parse_qs(urlsplit(attempts.address(provider, mine, attempts.begin(), group_claim="teams")).query)

    asked = json.loads(query["claims"][0])["id_token"] if "claims" in query else {}
    assert set(asked) == ({"auth_time", "name", "preferred_username", "teams"} if said is True else set())


async def test_a_code_of_somebody_else_is_worth_nothing(liar: Provider) -> None:
    thief = Story(liar)
    victim = Story(liar)
    provider = await attempts.provider_of(victim.keys, liar.issuer)
    mine = Registration(liar.issuer, CLIENT_ID, SECRET, "https://us.example/sign-on")
    stolen = dict(liar.signs_in(attempts.address(provider, mine, victim.attempt)))["code"]
    thief.on_the_way = lambda answer: list((dict(answer) | {"code": stolen}).items())
    with pytest.raises(SignOnRefusedError) as refused:
        await thief.goes()
    assert refused.value.flaw is Flaw.CODE


async def test_the_same_address_of_mail_is_somebody_else(liar: Provider) -> None:
    says(email="boss@center.example", email_verified=True)(Story(liar))
    first, second = await Story(liar).goes("s-1"), await Story(liar).goes("s-2")
    assert (first.issuer, first.subject) != (second.issuer, second.subject)


UNUSABLE: dict[str, tuple[Json, str]] = {
    "calls itself somebody else": ({"issuer": "https://other.example"}, "issuer"),
    "PKCE is plain alone (downgrade)": (
        {"code_challenge_methods_supported": ["plain"]},
        "code_challenge_methods_supported",
    ),
    "signs with shared secrets alone": (
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        "id_token_signing_alg_values_supported",
    ),
    "implicit flow alone": ({"response_types_supported": ["id_token"]}, "response_types_supported"),
    "tokens without TLS": ({"token_endpoint": "http://idp.example/token"}, "token_endpoint"),
    "tokens at the cloud's own address": ({"token_endpoint": "http://169.254.169.254/"}, "token_endpoint"),
    "keys in a private network": ({"jwks_uri": "https://10.0.0.1/keys"}, "jwks_uri"),
    "keys at another spelling of this machine": ({"jwks_uri": "https://0x7f000001/keys"}, "jwks_uri"),
    "keys in a file": ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
    "sign-in with somebody's name before the host": (
        {"authorization_endpoint": "https://us.example@idp.example/"},
        "authorization_endpoint",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_a_configuration_that_cannot_be_used_is_told_with_its_field(liar: Provider, name: str) -> None:
    changed, field_name = UNUSABLE[name]
    liar.configuration = lambda said: said | changed
    with pytest.raises(ProviderUnusableError) as refused:
        await attempts.provider_of(Keys(Fetcher(Reach(may_loop=True))), liar.issuer)
    assert refused.value.field == field_name
    assert refused.value.detail


async def test_redirects_are_not_followed(liar: Provider) -> None:
    liar.configuration = lambda said: said | {"jwks_uri": f"{liar.issuer}/elsewhere"}
    with pytest.raises(ProviderUnusableError):
        await Story(liar).goes()
    assert "/keys" not in liar.asked


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "2002:a00:1::"]
)
async def test_a_public_name_that_leads_inside_is_not_asked(inside: str) -> None:
    async def resolve(_: str, __: int) -> list[str]:
        return ["93.184.215.14", inside]

    with pytest.raises(ProviderUnusableError):
        await attempts.provider_of(Keys(Fetcher(Reach(resolve=resolve))), "https://idp.example")


async def test_outside_of_a_demonstration_this_machine_is_not_asked(liar: Provider) -> None:
    with pytest.raises(ProviderUnusableError):
        await attempts.provider_of(Keys(Fetcher()), liar.issuer)
    assert liar.asked == []


async def test_a_provider_that_is_slow_or_gone_is_said_to_be_away(
    liar: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WITHIN_S", 0.05)
    liar.slow_s = 0.3
    with pytest.raises(ProviderAwayError):
        await Story(liar).goes()
    with pytest.raises(ProviderAwayError):
        await attempts.provider_of(Keys(Fetcher(Reach(may_loop=True))), "http://127.0.0.1:1")


async def test_an_answer_that_does_not_end_is_not_read(liar: Provider) -> None:
    liar.configuration = lambda said: said | {"more": "x" * fetching.LARGEST}
    with pytest.raises(ProviderUnusableError):
        await Story(liar).goes()


async def test_new_keys_are_found_at_once_and_forged_tokens_cost_the_provider_nothing(liar: Provider) -> None:
    now = 1000.0
    keys = Keys(Fetcher(Reach(may_loop=True)), clock=lambda: now)
    await Story(liar, keys).goes()
    new = ECKey.generate_key("P-256", {"kid": "new", "use": "sig"})
    liar.keys, liar.token = [new.as_dict(private=False)], lambda claims: signed(claims, new, kid="new")
    now += 11
    await Story(liar, keys).goes()
    liar.token = lambda claims: signed(claims, FOREIGN, kid="never")
    for _ in range(5):
        with pytest.raises(SignOnRefusedError):
            await Story(liar, keys).goes()
    assert liar.asked.count("/keys") == 2


async def test_a_slow_provider_makes_nobody_else_wait(liar: Provider) -> None:
    keys = Keys(Fetcher(Reach(may_loop=True)))
    liar.slow_s = 1.0
    with serving() as other:
        slow = asyncio.create_task(keys.find(f"{liar.issuer}/keys", "ec", "ES256"))
        await asyncio.sleep(0.05)
        assert (await Story(other, keys).goes()).subject == "s-1"
        assert not slow.done()
        await slow


LOGOUTS: dict[str, tuple[Json, Flaw]] = {
    "of another issuer": ({"iss": "https://other.example"}, Flaw.ISSUER),
    "for another client": ({"aud": "other"}, Flaw.AUDIENCE),
    "made an hour ago": ({"iat": NOW() - 3600}, Flaw.TIME),
    "with a nonce, as ID tokens have": ({"nonce": "n"}, Flaw.NONCE),
    "without the event": ({"events": {}}, Flaw.EVENT),
    "without a number of its own": ({"jti": None}, Flaw.SUBJECT),
    "of nobody": ({"sub": None}, Flaw.SUBJECT),
}


@pytest.mark.parametrize("name", ["in order", *LOGOUTS])
async def test_only_a_logout_token_logs_out(liar: Provider, name: str) -> None:
    keys = Keys(Fetcher(Reach(may_loop=True)))
    provider = await attempts.provider_of(keys, liar.issuer)
    events: Json = {"http://schemas.openid.net/event/backchannel-logout": {}}
    right = {"iss": liar.issuer, "aud": CLIENT_ID, "iat": NOW(), "jti": "1", "sub": "s-1", "events": events}
    changed, flaw = LOGOUTS.get(name, ({}, None))
    claims = {k: v for k, v in (right | changed).items() if v is not None}
    examined = tokens.logout(signed(claims, typ="logout+jwt"), keys, provider, client_id=CLIENT_ID, now=NOW())
    if flaw is None:
        assert await examined == tokens.Logout("1", "s-1", None)
        return
    with pytest.raises(SignOnRefusedError) as refused:
        await examined
    assert refused.value.flaw is flaw


def test_what_is_secret_is_in_no_printed_form() -> None:
    attempt = attempts.begin()
    mine = Registration("https://idp.example", CLIENT_ID, SECRET, "https://us.example/sign-on")
    assert SECRET not in repr(mine)
    assert not any(word in repr(attempt) for word in (attempt.state, attempt.nonce, attempt.verifier, attempt.browser))
    assert attempt != replace(attempt, state="")
    count = len(UNDONE) + len(HELD) + len(UNUSABLE) + len(LOGOUTS)
    record.note("T12", "a hostile provider: lies refused, each for what it is", f"0 of {count} succeeded")
