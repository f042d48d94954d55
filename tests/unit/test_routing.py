"""Ruling routes out by a path's first words changes nothing of which one answers."""

from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Match
from starlette.types import Scope

from services.api.app import ROUTERS
from services.api.routing import QuickRouter

_WORD = st.sampled_from(["v1", "r", "desk", "program", "roster", "x", "", "..", "{region}", "a" * 40, "é", "now.ics"])
_METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
_PATHS = sorted({route.path for router in ROUTERS for route in router.routes})  # type: ignore[attr-defined]  # all have one


def _as_they_are() -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _quick() -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in ROUTERS:
        app.include_router(QuickRouter(router.routes))
    return app


_PLAIN, _QUICK = _as_they_are(), _quick()


def _matched(app: FastAPI, path: str, method: str) -> list[tuple[int, Match]]:
    """Return which of the application's routers take a call, and how."""
    found: list[tuple[int, Match]] = []
    for number, router in enumerate(app.routes):
        scope: Scope = {"type": "http", "path": path, "root_path": "", "method": method, "path_params": {}}
        match, _ = router.matches(scope)
        if match is not Match.NONE:
            found.append((number, match))
    return found


@given(method=_METHODS, known=st.sampled_from(_PATHS), words=st.lists(_WORD, max_size=4), slash=st.booleans())
def test_the_same_routes_match(method: str, known: str, words: list[str], slash: bool) -> None:
    filled = known.replace("{", "").replace("}", "").replace(":path", "")
    for path in (known, filled, "/" + "/".join(words), filled + ("/" if slash else "/x")):
        assert _matched(_QUICK, path, method) == _matched(_PLAIN, path, method)


def test_a_first_word_may_be_a_parameter() -> None:
    router = APIRouter()

    @router.get("/{page}")
    async def show(page: str) -> str:
        return page

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(QuickRouter(router.routes))
    assert _matched(app, "/anything", "GET") == [(0, Match.FULL)]
    assert _matched(app, "/any/thing", "GET") == []
