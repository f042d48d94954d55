"""Webhooks by the rules alone: signatures that the reference library accepts, times of tries, addresses refused."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from libs.peer.webhooks import rules
from libs.peer.webhooks.errors import WebhookAddressError

_ONE, _OTHER = UUID(int=1), UUID(int=2)
_MASTER = rules.master_key("postgresql://owncall_login:of-a-test@localhost/x")
_NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def _now() -> datetime:
    """What the reference library calls now."""
    return datetime.fromtimestamp(time.time(), UTC)


def _sent(*versions: int, at: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    content = rules.body("agency.changed", _NOW, _OTHER)
    secrets = [rules.secret(_MASTER, _ONE, version) for version in versions]
    return content, rules.headers(_OTHER, at or _now(), content, secrets)


def test_the_payload_is_thin() -> None:
    assert rules.body("agency.changed", _NOW, _OTHER) == (
        b'{"type":"agency.changed","timestamp":"2026-11-26T12:00:00.000Z",'
        b'"data":{"id":"00000000-0000-0000-0000-000000000002"}}'
    )


def test_the_reference_library_accepts_either_secret_while_rotating() -> None:
    content, headers = _sent(2, 1)
    for version in (1, 2):
        shown = rules.shown(rules.secret(_MASTER, _ONE, version))
        assert shown.startswith("whsec_")
        assert Webhook(shown).verify(content, headers)["data"] == {"id": str(_OTHER)}


def test_the_reference_library_refuses_what_is_not_ours() -> None:
    content, headers = _sent(1)
    wrong = [
        (content, headers, rules.secret(_MASTER, _ONE, 2)),
        (content, headers, rules.secret(_MASTER, _OTHER, 1)),
        (content, headers, rules.secret(rules.master_key("postgresql://x:other@h/d"), _ONE, 1)),
        (content + b" ", headers, rules.secret(_MASTER, _ONE, 1)),
        (content, {**headers, "webhook-id": "msg_other"}, rules.secret(_MASTER, _ONE, 1)),
        (*_sent(1, at=_now() - timedelta(minutes=6)), rules.secret(_MASTER, _ONE, 1)),
    ]
    for body, said, key in wrong:
        with pytest.raises(WebhookVerificationError):
            Webhook(rules.shown(key)).verify(body, said)


def test_ten_tries_over_some_76_hours() -> None:
    waits = [rules.wait_s(attempt, 0) for attempt in range(1, 11)]
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]
    assert timedelta(hours=75, minutes=35) < timedelta(seconds=sum(wait or 0 for wait in waits)) < timedelta(hours=76)


@given(st.integers(1, 9), st.floats(0, 1), st.floats(0, 1e9))
def test_a_try_never_comes_sooner_than_was_asked_nor_much_later_than_a_day(
    attempt: int, dice: float, asked_for: float
) -> None:
    wait = rules.wait_s(attempt, dice, asked_for)
    assert wait is not None
    assert wait >= rules.WAITS_S[attempt]
    assert wait >= min(asked_for, rules.LONGEST_WAIT_S)
    assert wait <= rules.LONGEST_WAIT_S * 1.1


def test_retry_after_is_seconds_or_a_date() -> None:
    assert rules.retry_after_s("120", _NOW) == 120
    assert rules.retry_after_s("Thu, 26 Nov 2026 12:01:00 GMT", _NOW) == 60
    assert rules.retry_after_s("Thu, 26 Nov 2026 11:00:00 GMT", _NOW) == 0
    for odd in ("", "soon", "-1", "1e9", "9" * 400):
        assert rules.retry_after_s(odd, _NOW) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/in?key=1",
        "https://hooks.example.org:8443",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_an_address_that_everybody_can_reach_is_taken(url: str) -> None:
    assert rules.target(url, may_loop=False).is_tls


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://hooks.example.org:22/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "https://user:word@hooks.example.org/",
        "https://hooks.example.org/#here",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nx: y",
        "https://hooks.example.org\\@127.0.0.1/",
        "https://bücher.example/",
        "https://intranet/",
        "https://printer.localhost/",
        "https:///nowhere",
        "https://" + "a" * 600 + ".example/",
        "gopher://hooks.example.org/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_told_why(url: str) -> None:
    with pytest.raises(WebhookAddressError) as refused:
        rules.target(url, may_loop=False)
    assert refused.value.detail
    assert not url or url not in refused.value.detail
