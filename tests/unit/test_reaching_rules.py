"""Codes that prove a channel: what they look like, what is kept of them, where a proof stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.notify import messages
from libs.peer import keyed
from libs.peer.reaching import rules
from libs.peer.reaching.rules import Stands

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
_ID, _KEY = UUID(int=7), keyed.of_login("postgresql://x:secret@h/d", "codes")


@given(number=st.integers(0, 999_999))
def test_every_number_is_six_digits_and_reads_back_from_the_letter_however_it_is_typed(number: int) -> None:
    code = rules.written(number)
    assert len(code) == 6
    assert int(code) == number
    letter = messages.code_notice(code)
    assert rules.typed(letter.partition(".")[0]) == code
    assert rules.typed(f" {code[:3]}-{code[3:]}\n") == code


@given(numbers=st.lists(st.integers(0, 999_999), min_size=2, max_size=2, unique=True))
def test_two_codes_never_have_one_hash_and_one_code_has_another_at_each_asking(numbers: list[int]) -> None:
    one, other = (rules.written(number) for number in numbers)
    kept = rules.hashed(_KEY, _ID, one)
    assert kept == rules.hashed(_KEY, _ID, one)
    assert kept not in {rules.hashed(_KEY, _ID, other), rules.hashed(_KEY, uuid4(), one)}


def test_whoever_reads_the_row_without_the_key_finds_no_code_among_all_of_them() -> None:
    kept = rules.hashed(_KEY, _ID, "000123")
    assert kept == rules.hashed(_KEY, _ID, rules.written(123))
    assert all(rules.hashed(_ID.bytes, _ID, rules.written(number)) != kept for number in (123, *range(0, 10**6, 997)))
    assert kept != rules.hashed(keyed.of_login("postgresql://x:other@h/d", "codes"), _ID, "000123")


@pytest.mark.parametrize(
    ("asked", "expires", "tries", "stands"),
    [
        (None, None, 0, Stands.UNPROVEN),
        (-5, None, 0, Stands.ON_ITS_WAY),
        # Nothing took it on: nobody waits for a letter that does not come.
        (-61, None, 0, Stands.UNPROVEN),
        (-70, 530, 4, Stands.SENT),
        (-70, 530, 5, Stands.UNPROVEN),
        (-601, -1, 0, Stands.UNPROVEN),
    ],
)
def test_where_a_proof_stands(asked: int | None, expires: int | None, tries: int, stands: Stands) -> None:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW + timedelta(seconds=seconds)

    said = {"asked_at": at(asked), "expires_at": at(expires), "tries": tries, "now": NOW}
    assert rules.stands(is_proven=False, **said) is stands  # type: ignore[arg-type]  # each of its own type
    assert rules.stands(is_proven=True, **said) is Stands.PROVEN  # type: ignore[arg-type]  # as above
