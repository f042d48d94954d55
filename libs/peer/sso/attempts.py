"""One attempt to sign in: what goes to the provider, what has to come back, and what is fetched for it."""

import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from libs.peer.sso import rules, tokens
from libs.peer.sso.errors import Flaw, ProviderUnusableError, SignOnRefusedError
from libs.peer.sso.keys import Keys
from libs.peer.sso.rules import Provider
from libs.peer.sso.tokens import Identity


@dataclass(frozen=True, slots=True)
class Registration:
    """How a provider knows us: one client and one redirect address for each agency or region."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt draws, 256 bits each.

    Attributes:
        state: comes back with the answer, and finds the attempt.
        browser: lies in a cookie of the browser that began; nobody else can end it.
        nonce: comes back inside of the ID token.
        verifier: shown with the code (PKCE); the provider has seen its hash.
    """

    state: str = field(repr=False)
    browser: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


Answer = Sequence[tuple[str, str]]
"""The query that the provider sent the browser back with, in order, repeated names and all."""


def begin() -> Attempt:
    """Draw an attempt."""
    return Attempt(*(secrets.token_urlsafe(32) for _ in range(4)))


def address(
    provider: Provider, mine: Registration, attempt: Attempt, *, group_claim: str = "", anew: bool = False
) -> str:
    """Return where the browser goes.

    Args:
        provider: as it describes itself.
        mine: how it knows us.
        attempt: drawn for this browser.
        group_claim: what tells the groups there, to be asked for where that can be done.
        anew: whoever is signed in there has to show again that it is them.
    """
    asked = {
        "response_type": "code",
        "client_id": mine.client_id,
        "redirect_uri": mine.redirect_uri,
        "scope": "openid profile groups" if provider.takes_groups else "openid profile",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": create_s256_code_challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
    if anew:  # with `max_age` it must say when that was; with 0 some (canaille) ask again for ever
        asked |= {"prompt": "login", "max_age": str(rules.CLOCKS_DIFFER_S)}
    if provider.takes_claims:  # OpenID Connect Core 1.0, 5.5: whoever does not know one leaves it out
        names = filter(None, ("auth_time", "name", "preferred_username", group_claim))
        asked["claims"] = json.dumps({"id_token": dict.fromkeys(names)}, separators=(",", ":"))
    mark = "&" if "?" in provider.authorization_endpoint else "?"
    return f"{provider.authorization_endpoint}{mark}{urlencode(asked)}"


async def provider_of(keys: Keys, issuer: str) -> Provider:
    """Ask an issuer what it is.

    Raises:
        ProviderUnusableError: it is none, or none that signs in safely; it names the field and the fix.
        ProviderAwayError: nobody there, or too slow.
    """
    url = rules.configuration_url(issuer)
    rules.address(issuer, "issuer", may_loop=keys.fetcher.reach.may_loop)
    return rules.provider(await keys.fetcher.get(url, "issuer"), issuer, may_loop=keys.fetcher.reach.may_loop)


async def finish(
    keys: Keys, provider: Provider, mine: Registration, attempt: Attempt, answer: Answer, browser: str, now: float
) -> Identity:
    """Examine the answer, show the code, and examine what it was changed for.

    Args:
        keys: whose keys sign what comes back.
        provider: as it was when the attempt began.
        mine: how it knows us.
        attempt: taken by its `state`, so that nobody can end it twice.
        answer: what the browser brought.
        browser: what lies in its cookie.
        now: seconds since 1970.

    Raises:
        SignOnRefusedError: something is not in order.
        ProviderAwayError: nobody there, or too slow.
        ProviderUnusableError: what it answers makes no sense.
    """
    code = _code(provider, attempt, answer, browser)
    id_token, access_token = await _exchange(keys, provider, mine, attempt, code)
    return await tokens.identity(
        id_token,
        keys,
        provider,
        client_id=mine.client_id,
        nonce=attempt.nonce,
        access_token=access_token,
        now=now,
    )


def _code(provider: Provider, attempt: Attempt, answer: Answer, browser: str) -> str:
    said, holds = dict(answer), SignOnRefusedError.unless
    holds(len(said) == len(answer), Flaw.REPEATED)
    holds(hmac.compare_digest(browser.encode(), attempt.browser.encode()), Flaw.BROWSER)
    holds(hmac.compare_digest(said.get("state", "").encode(), attempt.state.encode()), Flaw.STATE)
    holds(said.get("iss", None if provider.names_itself else provider.issuer) == provider.issuer, Flaw.ISSUER)
    holds("error" not in said, Flaw.DENIED)
    holds(bool(said.get("code")), Flaw.CODE)
    return said["code"]


async def _exchange(keys: Keys, provider: Provider, mine: Registration, attempt: Attempt, code: str) -> tuple[str, str]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": mine.redirect_uri,
        "code_verifier": attempt.verifier,
    }
    headers = {}
    if provider.takes_basic:
        pair = f"{quote_plus(mine.client_id)}:{quote_plus(mine.client_secret)}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": mine.client_id, "client_secret": mine.client_secret}
    try:
        said = await keys.fetcher.post(provider.token_endpoint, "token_endpoint", headers, urlencode(form).encode())
    except ProviderUnusableError as error:  # a code that is not good, or a client that is not known
        raise SignOnRefusedError(Flaw.CODE) from error
    id_token, access_token, kind = (said.get(name) for name in ("id_token", "access_token", "token_type"))
    if not isinstance(id_token, str) or not isinstance(access_token, str) or str(kind).lower() != "bearer":
        raise SignOnRefusedError(Flaw.ANSWER)
    SignOnRefusedError.unless(access_token.isascii(), Flaw.ANSWER)
    return id_token, access_token
