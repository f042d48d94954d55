"""A demonstration sends to nobody who exists."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.notify import guard
from libs.notify.guard import RealAddressError

AREA = st.from_regex(r"[2-9][0-9]{2}", fullmatch=True)
LAST = st.from_regex(r"[0-9]{2}", fullmatch=True)
REAL_HOSTS = st.sampled_from(
    ["gmail.com", "example.dev", "example.com.evil.io", "notexample.com", "example.co", "xexample.org", "ex.ample.org"]
)


@given(AREA, LAST)
def test_numbers_of_fiction_pass(area: str, last: str) -> None:
    guard.insist(f"+1{area}55501{last}", is_demo=True)


@given(st.from_regex(r"\+[0-9]{5,15}", fullmatch=True))
@example("+18165550200")
@example("+18165550099")
@example("+448165550123")
@example("+1816555012")
def test_any_other_number_is_refused(number: str) -> None:
    is_of_fiction = len(number) == 12 and number[:2] == "+1" and number[2] in "23456789" and number[5:10] == "55501"
    if is_of_fiction:
        guard.insist(number, is_demo=True)
        return
    with pytest.raises(RealAddressError) as refused:
        guard.insist(number, is_demo=True)
    assert number not in str(refused.value)


@given(
    st.from_regex(r"[a-z0-9._+-]{1,20}", fullmatch=True),
    st.sampled_from(["example.org", "example.com", "EXAMPLE.net", "mail.example.org", "heartland.example"]),
)
def test_addresses_of_examples_pass(name: str, host: str) -> None:
    guard.insist(f"{name}@{host}", is_demo=True)


@given(st.from_regex(r"[a-z0-9._+-]{1,20}", fullmatch=True), REAL_HOSTS)
def test_any_other_address_is_refused(name: str, host: str) -> None:
    with pytest.raises(RealAddressError):
        guard.insist(f"{name}@{host}", is_demo=True)


@given(st.text())
@example("ana@example.org\r\nBcc: eve@gmail.com")
@example("eve@gmail.com,ana@example.org")
@example("eve@gmail.com@example.org")
@example("+18165550123\n")
@example("tel:+18165550123")
@example("816-555-0123")
def test_whatever_is_neither_is_refused(text: str) -> None:
    if not guard.is_fictional(text):
        with pytest.raises(RealAddressError):
            guard.insist(text, is_demo=True)
    else:
        assert text.isprintable()
        assert text.count("@") <= 1


@given(st.text())
def test_outside_of_a_demonstration_everything_passes(text: str) -> None:
    guard.insist(text, is_demo=False)
