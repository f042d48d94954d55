"""Finding the route of a call among some hundred.

FastAPI asks one route after another whether a path is theirs, each by its own expression: for a route near the end that
was half of a call's time. A path's first two words rule out nearly all of them at once.
"""

from collections.abc import Sequence
from functools import cached_property

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

_WORDS = "owncall.words"
_ANY = "{"
_Head = tuple[str, str]


class QuickRouter(APIRouter):
    """Routes that are not even looked at when the path begins otherwise than all of theirs."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """Take over routes that some router made."""
        super().__init__(routes=list(routes))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether a route of these is meant, as Starlette's routes say it."""
        first, second = scope.get(_WORDS) or scope.setdefault(_WORDS, _head(scope["path"]))
        heads = self._heads
        if (first, second) in heads or (first, _ANY) in heads or (_ANY, _ANY) in heads:
            return super().matches(scope)
        return Match.NONE, {}

    @cached_property
    def _heads(self) -> frozenset[_Head]:
        """How the paths of these routes begin; a word with a parameter in it stands for any."""
        heads = (_head(getattr(route, "path", _ANY)) for route in self.routes)
        return frozenset(
            (_ANY, _ANY) if _ANY in first else (first, _ANY if _ANY in second else second) for first, second in heads
        )


def _head(path: str) -> _Head:
    first, _, rest = path.strip("/").partition("/")
    return first, rest.partition("/")[0]
