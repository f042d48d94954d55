"""The application: every router, behind one policy table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.staticfiles import StaticFiles

from libs.telemetry import memory
from services.api import health, problems
from services.api.account import pages as account_pages
from services.api.account import passkeys as account_passkeys
from services.api.account import rest as account_rest
from services.api.agencies import pages as agencies_pages
from services.api.agencies import rest as agencies_rest
from services.api.agreements import pages as agreements_pages
from services.api.agreements import rest as agreements_rest
from services.api.checkins import pages as checkins_pages
from services.api.checkins import rest as checkins_rest
from services.api.coordinator import access as coordinator_access
from services.api.coordinator import pages as coordinator_pages
from services.api.coordinator import rest as coordinator_rest
from services.api.declared import Application
from services.api.demo import pages as demo_pages
from services.api.deployments import cards_pages as deployment_cards_pages
from services.api.deployments import desk_pages as deployment_desk_pages
from services.api.deployments import desk_rest as deployment_desk_rest
from services.api.deployments import pages as deployment_pages
from services.api.deployments import peer_pages as deployment_peer_pages
from services.api.deployments import peer_rest as deployment_peer_rest
from services.api.deployments import rest as deployment_rest
from services.api.deps import authorize
from services.api.desk import pages as desk_pages
from services.api.desk import rest as desk_rest
from services.api.developers import pages as developers_pages
from services.api.developers import rest as developers_rest
from services.api.door import pages as door_pages
from services.api.door import passkeys as door_passkeys
from services.api.door import tokens as door_tokens
from services.api.figures import rest as figures_rest
from services.api.hardcalls import desk_pages as hard_call_pages
from services.api.hardcalls import desk_rest as hard_call_desk_rest
from services.api.hardcalls import rest as hard_call_rest
from services.api.hardcalls import station_pages
from services.api.intranet import pages as intranet_pages
from services.api.intranet import rest as intranet_rest
from services.api.middleware import EdgeMiddleware
from services.api.paging import pages as paging_pages
from services.api.paging import rest as paging_rest
from services.api.peer import limits as limits_pages
from services.api.peer import pages as peer_pages
from services.api.peer import reaching as reaching_pages
from services.api.peer import rest as peer_rest
from services.api.policy import POLICY
from services.api.program import admins as program_admins
from services.api.program import keys as program_keys
from services.api.program import limits as region_limits_pages
from services.api.program import pages as program_pages
from services.api.program import rest as program_rest
from services.api.requests import colleague as request_colleague
from services.api.requests import follow_ups as request_follow_ups
from services.api.requests import pages as request_pages
from services.api.requests import rest as request_rest
from services.api.roster import members as member_pages
from services.api.roster import pages as roster_pages
from services.api.roster import rest as roster_rest
from services.api.roster.upload import UploadMiddleware
from services.api.routing import QuickRouter
from services.api.schedules import pages as schedule_pages
from services.api.schedules import rest as schedule_rest
from services.api.schedules import rotations as rotation_pages
from services.api.scim import pages as directory_pages
from services.api.scim import rest as scim_rest
from services.api.settings import Settings
from services.api.shifts import feed as shift_feed
from services.api.shifts import pages as shift_pages
from services.api.shifts import rest as shift_rest
from services.api.signon import logout as sign_on_logout
from services.api.signon import pages as sign_on_pages
from services.api.signon import setup as sign_on_setup
from services.api.streams import StreamsMiddleware
from services.api.webhooks import rest as webhooks_rest
from services.api.wiring import wired

_MAX_BODY = 64 * 1024

ROUTERS = (
    health.router,
    request_pages.router,
    request_colleague.router,
    request_rest.router,
    figures_rest.router,
    request_follow_ups.router,
    request_follow_ups.rest,
    door_pages.router,
    door_tokens.router,
    sign_on_pages.router,
    sign_on_logout.router,
    sign_on_setup.router,
    account_pages.router,
    account_rest.router,
    account_passkeys.router,
    door_passkeys.router,
    coordinator_access.router,
    coordinator_access.api,
    program_admins.router,
    program_admins.api,
    program_keys.router,
    program_keys.api,
    demo_pages.router,
    developers_pages.router,
    developers_rest.router,
    limits_pages.router,
    reaching_pages.router,
    peer_pages.router,
    peer_rest.router,
    checkins_pages.router,
    checkins_rest.router,
    coordinator_pages.router,
    coordinator_rest.router,
    shift_pages.router,
    shift_rest.router,
    shift_feed.router,
    rotation_pages.router,
    schedule_pages.router,
    schedule_rest.router,
    region_limits_pages.router,
    program_pages.router,
    agreements_pages.router,
    agreements_rest.router,
    program_rest.router,
    paging_pages.router,
    paging_rest.router,
    roster_pages.router,
    member_pages.router,
    roster_rest.router,
    deployment_cards_pages.router,
    deployment_pages.router,
    deployment_peer_pages.router,
    deployment_desk_pages.router,
    deployment_rest.router,
    deployment_peer_rest.router,
    deployment_desk_rest.router,
    desk_pages.router,
    desk_rest.router,
    hard_call_pages.router,
    hard_call_desk_rest.router,
    hard_call_rest.router,
    intranet_rest.router,
    intranet_pages.router,
    intranet_pages.settings,
    station_pages.router,
    directory_pages.router,
    scim_rest.router,
    agencies_pages.router,
    agencies_rest.router,
    webhooks_rest.router,
)


def create_app(settings: Settings) -> FastAPI:
    """Build the application.

    Raises:
        LookupError: a route has no policy, or a policy no route; it does not start then.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with wired(settings) as wiring:
            app.state.wiring = wiring
            memory.settle()
            yield

    app = Application(
        title="OwnCall",
        version="1",
        lifespan=lifespan,
        dependencies=[Depends(authorize)],
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        telemetry={"logs": False, "tracing": False, "metrics": False},
    )
    for router in ROUTERS:
        app.include_router(QuickRouter(router.routes))
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(UploadMiddleware, limited=RequestBodyLimitMiddleware)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=_MAX_BODY)
    app.add_middleware(StreamsMiddleware)
    app.add_middleware(
        EdgeMiddleware,
        is_secure=settings.is_secure,
        on_bug=problems.of_bug,
        on_too_large=problems.of_too_large,
        on_another_site=problems.of_another_site,
    )
    problems.install(app)
    check_policy()
    return app


def routes() -> list[APIRoute]:
    """Return every route of every router."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def check_policy() -> None:
    """Refuse to start unless routes and policies match one to one.

    Raises:
        LookupError: which do not.
    """
    names = [route.name for route in routes()]
    if sorted(names) != sorted(POLICY):
        odd = sorted(set(names) ^ set(POLICY)) or sorted(name for name in names if names.count(name) > 1)
        raise LookupError(f"routes and policies differ: {', '.join(odd)}")
