"""What is kept of a browser is a few words of ours, whatever it says of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.accounts.models import Role
from libs.peer.sessions import rules

_CHROME = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (_CHROME, "Chrome, Android"),
        (_CHROME + " EdgA/130.0", "Edge, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari, Mac"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_kept_in_a_few_words(said: str, kept: str) -> None:
    assert rules.device(said) == kept


@given(st.text(max_size=400))
def test_nothing_that_a_browser_says_is_kept_in_its_own_words(said: str) -> None:
    ours = {name for known in (rules._BROWSERS, rules._SYSTEMS) for _mark, name in known}
    assert set(filter(None, rules.device(said).split(", "))) <= ours


def test_every_role_has_limits_and_no_session_outlives_them() -> None:
    assert set(rules.LIMITS) == set(Role)
    for limits in rules.LIMITS.values():
        assert limits.idle <= limits.in_all
