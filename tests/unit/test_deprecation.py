"""What is on its way out says so, with each answer and a year ahead: shown by an application of the test's own."""

from datetime import date
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from services.api import deprecation
from services.api.developers import views
from services.api.middleware import EdgeMiddleware

SINCE, UNTIL = date(2027, 1, 4), date(2028, 2, 1)


def _app() -> FastAPI:
    app, plain = FastAPI(), PlainTextResponse("no")
    ends: dict[str, Any] = {"deprecated": True, "openapi_extra": deprecation.mark(since=SINCE, until=UNTIL)}

    @app.get("/v1/old", **ends)
    async def old() -> dict[str, str]:
        return {}

    @app.get("/v1/old-page", **ends)
    async def old_page() -> Response:
        return Response("x", headers={"link": '</v1/old-page?cursor=2>; rel="next"'})

    @app.get("/v1/old-refusal", **ends)
    async def old_refusal() -> None:
        raise HTTPException(404)

    @app.get("/v1/new")
    async def new() -> dict[str, str]:
        return {}

    ours = {name: lambda _: plain for name in ("on_bug", "on_too_large", "on_another_site")}
    app.add_middleware(EdgeMiddleware, is_secure=False, **ours)
    return app


async def _get(path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=_app()), base_url="http://x") as client:
        return await client.get(path)


@pytest.mark.parametrize("path", ["/v1/old", "/v1/old-page", "/v1/old-refusal"])
async def test_every_answer_of_it_says_since_when_until_when_and_where_to_read(path: str) -> None:
    headers = (await _get(path)).headers
    assert headers["deprecation"] == "@1799020800"
    assert headers["sunset"] == "Tue, 01 Feb 2028 00:00:00 GMT"
    links = headers.get_list("link")
    assert links[-1] == '</developers#versions>; rel="deprecation"; type="text/html"'
    assert len(links) == (2 if path == "/v1/old-page" else 1)


@pytest.mark.parametrize("path", ["/v1/new", "/v1/nothing"])
async def test_what_stays_says_nothing(path: str) -> None:
    assert not {"deprecation", "sunset", "link"} & (await _get(path)).headers.keys()


def test_less_than_a_year_is_no_announcement() -> None:
    deprecation.mark(since=date(2027, 1, 4), until=date(2028, 1, 4))
    with pytest.raises(ValueError, match="a year ahead"):
        deprecation.mark(since=date(2027, 1, 4), until=date(2028, 1, 3))


def test_whoever_says_deprecated_without_a_day_or_a_day_without_deprecated_is_named() -> None:
    app = FastAPI()

    async def handler() -> None:
        """Do nothing."""

    app.get("/a", name="a", deprecated=True)(handler)
    app.get("/b", name="b", openapi_extra=deprecation.mark(since=SINCE, until=UNTIL))(handler)
    app.get("/c", name="c", deprecated=True, openapi_extra=deprecation.mark(since=SINCE, until=UNTIL))(handler)
    app.get("/d", name="d")(handler)
    found = [route for route in app.routes if isinstance(route, APIRoute)]
    assert deprecation.unsaid(found) == ["a", "b"]


def test_the_document_and_the_developers_page_say_it_too() -> None:
    document = _app().openapi()
    for operation in (said for path in document["paths"].values() for said in path.values()):
        operation |= {"tags": ["agencies"], "security": [], "summary": ""}
    page = views.DevelopersPage("http://x", False, "https://y", views.shown(document, "http://x", {}, "https://y"), ())
    assert document["paths"]["/v1/old"]["get"]["deprecated"] is True
    assert {(one.path, one.until) for one in page.ending} == {
        (path, "2028-02-01") for path in ("/v1/old", "/v1/old-page", "/v1/old-refusal")
    }
