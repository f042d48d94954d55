"""Where I am signed in, as JSON."""

from uuid import UUID

from fastapi import APIRouter

from libs.peer.sessions import actions as sessions
from libs.peer.sessions import queries as session_queries
from services.api.account.schemas import SignInOut, SignInsOut
from services.api.deps import DoorTx, Me

router = APIRouter(prefix="/v1/account", tags=["account"])


@router.get("/sign-ins")
async def list_sign_ins(tx: DoorTx, me: Me) -> SignInsOut:
    """List the browsers in which the caller is signed in, the last used first."""
    found = await session_queries.open_of(tx, me.account_id)
    return SignInsOut(
        data=[
            SignInOut(
                id=one.id,
                device=one.device,
                signed_in_on=one.signed_in_on,
                last_used_at=one.last_used_at,
                is_this=one.id == me.sign_in_id,
            )
            for one in found
        ]
    )


@router.delete("/sign-ins/{sign_in_id}", status_code=204)
async def end_sign_in(tx: DoorTx, me: Me, sign_in_id: UUID) -> None:
    """Sign one browser out; its live pages end at once."""
    await sessions.end_one(tx, sign_in_id, of=me.account_id)
