"""What a center's own provider is asked for: its groups, where it names a scope for them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from libs.peer.addresses.reaching import Reach
from libs.peer.sso import attempts
from libs.peer.sso.attempts import Registration
from libs.peer.sso.fetching import Fetcher
from libs.peer.sso.keys import Keys
from tests.hostile import CLIENT_ID, SECRET, Provider


@pytest.mark.parametrize(
    ("said", "scope"),
    [(["openid", "groups"], "openid profile groups"), (["openid"], "openid profile"), ("groups", "openid profile")],
)
async def test_groups_are_asked_for_where_a_provider_names_the_scope(liar: Provider, said: object, scope: str) -> None:
    liar.configuration = lambda configuration: configuration | {"scopes_supported": said}
    provider = await attempts.provider_of(Keys(Fetcher(Reach(may_loop=True))), liar.issuer)
    mine = Registration(liar.issuer, CLIENT_ID, SECRET, "https://us.example/sign-on")

    query = parse_qs(urlsplit(attempts.address(provider, mine, attempts.begin())).query)

    assert query["scope"] == [scope]
