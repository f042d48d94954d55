"""Cursors come back as they were given, to the same list alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.cursors import CursorInvalidError, Cursors

CURSORS = Cursors.of_login("postgresql://kc_login:one@localhost/kc")
KEYS = st.lists(st.one_of(st.text(), st.integers(-(2**40), 2**40)), max_size=4).map(tuple)


@given(KEYS, st.text())
def test_a_cursor_gives_its_key_back(key: tuple[str | int, ...], scope: str) -> None:
    assert CURSORS.decode(CURSORS.encode(key, scope), scope) == key


@given(KEYS, st.text(), st.text())
def test_a_cursor_is_refused_for_another_list(key: tuple[str | int, ...], scope: str, other: str) -> None:
    if scope != other:
        with pytest.raises(CursorInvalidError):
            CURSORS.decode(CURSORS.encode(key, scope), other)


@given(KEYS, st.data())
def test_a_cursor_with_one_sign_changed_is_refused(key: tuple[str | int, ...], data: st.DataObject) -> None:
    cursor = CURSORS.encode(key, "members:one")
    place = data.draw(st.integers(0, len(cursor) - 2))  # the last sign may carry bits that are not read
    sign = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda sign: sign != cursor[place]))
    with pytest.raises(CursorInvalidError):
        CURSORS.decode(cursor[:place] + sign + cursor[place + 1 :], "members:one")


@given(st.text(max_size=80))
def test_whatever_else_is_sent_is_refused_and_never_a_bug(sent: str) -> None:
    with pytest.raises(CursorInvalidError):
        CURSORS.decode(sent, "members:one")


def test_another_deployments_cursor_is_refused_and_no_cursor_is_the_beginning() -> None:
    other = Cursors.of_login("postgresql://kc_login:two@localhost/kc")
    with pytest.raises(CursorInvalidError):
        CURSORS.decode(other.encode(("a",), "x"), "x")
    assert CURSORS.decode(None, "x") is None
    assert "one" not in repr(CURSORS)


def test_a_page_is_cut_where_the_limit_is_and_says_whether_there_is_more() -> None:
    rows = ["a", "b", "c"]
    page = CURSORS.cut(rows, 2, "x", key=lambda row: (row,))
    assert list(page.data) == ["a", "b"]
    assert CURSORS.decode(page.next_cursor, "x") == ("b",)
    assert CURSORS.cut(rows, 3, "x", key=lambda row: (row,)).next_cursor is None
