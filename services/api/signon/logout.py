"""A provider tells that somebody has left: OpenID Connect Back-Channel Logout 1.0."""

import time
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from libs.peer.sso import leaving, queries, tokens
from libs.peer.sso.errors import LogoutRefusedError, ProviderUnusableError, SignOnRefusedError
from services.api.declared import open_problems
from services.api.deps import NamedAgency, NamedRegion, Wired
from services.api.signon import places
from services.api.signon.places import Place
from services.api.wiring import Wiring

router = APIRouter(prefix="/v1/sign-on", tags=["door"])

LogoutToken = Annotated[str, Form(max_length=10_000, description="A logout token, signed by the provider.")]


@router.post("/centers/{agency}/logout", responses=open_problems(404, 409))
async def center_logout(wired: Wired, agency: NamedAgency, logout_token: LogoutToken) -> Response:
    """End the sessions of somebody who has left, as a center's provider says."""
    return await _log_out(wired, places.of_agency(agency), logout_token)


@router.post("/regions/{region}/logout", responses=open_problems(404, 409))
async def region_logout(wired: Wired, region: NamedRegion, logout_token: LogoutToken) -> Response:
    """End the sessions of somebody who has left, as a region's provider says."""
    return await _log_out(wired, places.of_region(region), logout_token)


async def _log_out(wired: Wiring, place: Place, token: str) -> Response:
    async with wired.planes.door() as door:
        setup = await queries.of_home(door, place.home)
    if setup is None or setup.client_id is None:
        raise LogoutRefusedError("No provider is set up here.")
    try:
        provider = await wired.sign_on.describe(setup.issuer)
        said = await tokens.logout(token, wired.sign_on.keys, provider, client_id=setup.client_id, now=time.time())
    except (SignOnRefusedError, ProviderUnusableError) as error:
        raise LogoutRefusedError("Send a token that your keys sign, for our client, at once.") from error
    async with wired.planes.door() as door:
        current = await queries.locked(door, setup.id)
        if current is None or current.version != setup.version:
            raise LogoutRefusedError("The set-up has just changed. Send it again.")
        await leaving.log_out(door, wired.sign_on.seal, current, said)
    return Response(status_code=200)
