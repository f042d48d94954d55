"""My passkeys, as JSON: made, renamed, removed; and shown once more, where something asks for it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import queries as passkey_queries
from libs.peer.passkeys.errors import PasskeyDoubtedError, PasskeyRefusedError
from libs.peer.passkeys.models import Ceremony
from libs.peer.sessions import actions as sessions
from services.api import cookies
from services.api.deps import DoorTx, Me, Wired
from services.api.door.passkeys import Credential, OptionsOut, ShownIn
from services.api.fresh import Fresh

router = APIRouter(prefix="/v1/account", tags=["account"])

Name = Annotated[str, Field(max_length=200)]


class PasskeyOut(BaseModel):
    """One of the caller's passkeys; `doubted_on`: since when it is refused, as two copies of it seem to exist."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    added_on: date
    last_used_on: date | None
    doubted_on: date | None


class PasskeysOut(BaseModel):
    """All of them: ten at most, so there is one page."""

    data: list[PasskeyOut]


class NewPasskeyIn(BaseModel):
    """A passkey that the browser has made, and what to call it."""

    credential: Credential
    name: Name = ""


class PasskeyIn(BaseModel):
    """What to call it."""

    name: Name


class AddedOut(BaseModel):
    """The new passkey's id, and the page that lists it."""

    id: UUID
    next: str


@router.get("/passkeys")
async def list_passkeys(tx: DoorTx, me: Me) -> PasskeysOut:
    """List the caller's passkeys, the oldest first."""
    mine = await passkey_queries.of_account(tx, me.account_id)
    return PasskeysOut(data=[PasskeyOut.model_validate(one) for one in mine])


@router.post("/passkeys/options", dependencies=[Fresh])
async def new_passkey_options(tx: DoorTx, me: Me, wired: Wired) -> OptionsOut:
    """Ask for what one more passkey is made with."""
    return OptionsOut(public_key=await passkeys.ask_to_add(tx, wired.settings.site, me.account_id))


@router.post("/passkeys", status_code=201, dependencies=[Fresh])
async def add_passkey(request: Request, wired: Wired, me: Me, body: NewPasskeyIn) -> AddedOut:
    """Add it."""
    async with wired.planes.door() as door:
        answer = await passkeys.take(door, body.credential, Ceremony.ADD)
    device = cookies.browser(request, wired.settings).device
    async with wired.planes.door() as door:
        added = await passkeys.add(door, wired.settings.site, me.account_id, answer, name=body.name, device=device)
    return AddedOut(id=added, next="/account?done=added")


@router.patch("/passkeys/{passkey_id}", status_code=204)
async def rename_passkey(tx: DoorTx, me: Me, passkey_id: UUID, body: PasskeyIn) -> None:
    """Call it something else."""
    await passkeys.rename(tx, passkey_id, of=me.account_id, name=body.name)


@router.delete("/passkeys/{passkey_id}", status_code=204, dependencies=[Fresh])
async def remove_passkey(tx: DoorTx, me: Me, passkey_id: UUID) -> None:
    """Remove it, never the last one that works; browsers that it has signed in are signed out."""
    await passkeys.remove(tx, passkey_id, of=me.account_id, but=me.sign_in_id)


@router.post("/proofs/options")
async def proof_options(tx: DoorTx, me: Me, wired: Wired) -> OptionsOut:
    """Ask for what a proof is given with."""
    return OptionsOut(public_key=await passkeys.ask_to_prove(tx, wired.settings.site, me.account_id))


@router.post("/proofs", status_code=204)
async def prove(response: Response, wired: Wired, me: Me, body: ShownIn) -> None:
    """Prove to be there: for 15 minutes more may be done. The session goes on under a new token."""
    async with wired.planes.door() as door:
        answer = await passkeys.take(door, body.credential, Ceremony.PROVE)
    if answer.account_id != me.account_id:
        raise PasskeyRefusedError
    async with wired.planes.door() as door:
        signer = await passkeys.signer(door, wired.settings.site, answer)
        if signer is not None:
            begun = await sessions.proved(door, me.sign_in_id, me.account_id)
            cookies.put(response, begun, wired.settings)
    if signer is None:
        raise PasskeyDoubtedError("Use another one, or ask for a new link.")
