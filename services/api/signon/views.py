"""What the pages of a center's or region's own sign-in show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.peer.sso.queries import SetUp

_LONGEST_CLAIM = 200
_OF_THE_TOKEN = frozenset({"nonce", "at_hash", "c_hash", "iat", "exp", "nbf", "azp"})


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Where one signs in with a center's or region's own account.

    Attributes:
        path: where the button goes.
        is_on: there is a provider, and it signs in.
        problem: the code of what went wrong, if anything.
    """

    name: str
    path: str
    is_on: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LeavingPage:
    """Where the browser goes next."""

    url: str
    host: str
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field, and what to do."""

    field: str
    fix: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a provider says of somebody; `groups`: as a list of words, where it could be one of groups."""

    name: str
    words: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestedPage:
    """What came of a test.

    Attributes:
        flaw: the check that did not hold; "" when all did.
        fault: what the provider's answers lack.
        is_linked: whoever tested can sign in with it from now on.
    """

    claims: tuple[Claim, ...] = ()
    group_claim: str = ""
    chosen: frozenset[str] = frozenset()
    is_linked: bool = False
    flaw: str = ""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class SetUpPage:
    """How far a sign-in is set up.

    Attributes:
        setup: None when nobody has begun.
        redirect_uri: what the provider has to know.
        logout_uri: where it may tell that somebody left.
        entry_url: where people sign in.
        people: names of whom it knows here.
        typed: what was typed and could not be used, by field.
    """

    name: str
    setup: SetUp | None
    redirect_uri: str
    logout_uri: str
    entry_url: str
    people: tuple[str, ...]
    is_fresh: bool
    typed: Mapping[str, str]
    fault: Fault | None = None
    notice: str | None = None


def claims_of(said: Mapping[str, Any]) -> tuple[Claim, ...]:
    """Return what a provider said of somebody, by name; what it says of the token alone is left out."""
    return tuple(_claim(name, said[name]) for name in sorted(said) if name not in _OF_THE_TOKEN)


def _claim(name: str, value: object) -> Claim:
    words = value if isinstance(value, list) else [value]
    groups = tuple(one for one in words if isinstance(one, str) and one)
    shown = ", ".join(str(one) for one in words)[:_LONGEST_CLAIM]
    return Claim(name, shown, groups if isinstance(value, list) else ())
