"""What integrators can call of their sandbox itself."""

from fastapi import APIRouter

from libs.peer.sandboxes import actions as sandboxes
from services.api.declared import problems
from services.api.deps import ProgramTx

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox"])


@router.post("/reset", status_code=204, responses=problems())
async def reset_sandbox(tx: ProgramTx) -> None:
    """Put the sandbox back: its incidents, teams and webhooks are deleted, those of every key. Keys stay.

    Only a key of a sandbox (`psk_test_`) can be allowed to.
    """
    await sandboxes.reset(tx)
