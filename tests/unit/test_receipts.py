"""Receipts: seven words, one spelling, and a lookup key that tells nothing."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.peer.receipts import rules

receipts = st.lists(st.sampled_from(rules.word_list()), min_size=7, max_size=7).map(" ".join)


def test_the_list_has_7776_words_which_makes_90_bits_of_seven() -> None:
    assert len(set(rules.word_list())) == 7776
    assert len({rules.draw() for _ in range(500)}) == 500
    assert all(rules.normalized(rules.draw()) for _ in range(50))


@given(receipts, st.sampled_from([" ", "  ", ", ", " - ", "\n", ". "]), st.booleans())
def test_however_it_is_typed_it_is_the_same_receipt(receipt: str, between: str, is_loud: bool) -> None:
    if between == " - " and any("-" in word for word in receipt.split()):
        between = " "
    typed = between.join(receipt.split())
    assert rules.normalized(typed.upper() if is_loud else typed) in {receipt, None if between == " - " else receipt}


@pytest.mark.parametrize("wrong", ["", "one", "a b c d e f g", "zoom " * 6, "zoom " * 8, "\x00" * 50, "🙂 " * 7])
def test_what_cannot_be_a_receipt_is_none(wrong: str) -> None:
    assert rules.normalized(wrong) is None


@given(receipts)
def test_the_same_words_mean_different_things_in_two_regions(receipt: str) -> None:
    here, there = uuid4(), uuid4()
    assert rules.lookup_hash(receipt, here) == rules.lookup_hash(receipt, here)
    assert rules.lookup_hash(receipt, here) != rules.lookup_hash(receipt, there)
    assert len(rules.lookup_hash(receipt, here)) == 32
