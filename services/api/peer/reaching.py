"""How a peer is reached: a code is asked for and typed, on the page about limits."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from libs.peer.reaching import actions as reaching
from services.api import rendering
from services.api.deps import DispatchTx, MyMember, MyRegion, Spoken, Wired
from services.api.peer.schemas import ChannelName

router = APIRouter(prefix="/peer/limits/ways", include_in_schema=False)
_BACK_TO = "/peer/limits"


@router.post("/{channel}/code", dependencies=[Spoken])
async def ask_for_code_page(
    request: Request, region: MyRegion, tx: DispatchTx, member: MyMember, channel: ChannelName
) -> Response:
    """Send a code over one of the region's channels."""
    await reaching.ask_for_code(tx, region.id, member, channel)
    return rendering.back(request, _BACK_TO, done="code")


@router.post("/{channel}", dependencies=[Spoken])
async def prove_channel_page(
    request: Request,
    region: MyRegion,
    tx: DispatchTx,
    member: MyMember,
    wired: Wired,
    channel: ChannelName,
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take the code that came."""
    await reaching.prove(tx, region.id, member, channel, code, key=wired.code_key)
    return rendering.back(request, _BACK_TO, done="proven")
