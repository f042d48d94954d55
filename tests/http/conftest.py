"""Who stands on the other side of the socket."""

from collections.abc import Iterator

import pytest

from tests.hostile import Provider, serving


@pytest.fixture
def liar() -> Iterator[Provider]:
    """A center's own provider that says what it is told to."""
    with serving() as provider:
        yield provider
