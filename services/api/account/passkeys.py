"""My passkeys, as JSON: made, renamed, removed; and shown once more, where something asks for it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import queries as passkey_queries
from libs.peer.passkeys import rules, showing
from services.api import cookies
from services.api.declared import problems
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

    model_config = ConfigDict(extra="forbid")

    credential: Credential
    name: Name = ""


class PasskeyIn(BaseModel):
    """What to call it."""

    model_config = ConfigDict(extra="forbid")

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


@router.post("/passkeys/options", responses=problems(409), dependencies=[Fresh])
async def new_passkey_options(tx: DoorTx, me: Me, wired: Wired) -> OptionsOut:
    """Ask for what one more passkey is made with."""
    return OptionsOut(public_key=await passkeys.ask_to_add(tx, wired.settings.site, me.account_id))


@router.post("/passkeys", status_code=201, responses=problems(409), dependencies=[Fresh])
async def add_passkey(request: Request, tx: DoorTx, wired: Wired, me: Me, body: NewPasskeyIn) -> AddedOut:
    """Add it."""
    called = rules.name(body.name, cookies.browser(request, wired.settings).device)
    added = await passkeys.add(tx, wired.settings.site, me.account_id, body.credential, called)
    return AddedOut(id=added, next="/account?done=added")


@router.patch("/passkeys/{passkey_id}", status_code=204)
async def rename_passkey(tx: DoorTx, me: Me, passkey_id: UUID, body: PasskeyIn) -> None:
    """Call it something else."""
    await passkeys.rename(tx, passkey_id, of=me.account_id, name=body.name)


@router.delete("/passkeys/{passkey_id}", status_code=204, responses=problems(409), dependencies=[Fresh])
async def remove_passkey(
    response: Response, tx: DoorTx, wired: Wired, me: Me, passkey_id: UUID, *, even_the_last: bool = False
) -> None:
    """Remove it, and sign out what it has signed in; the last one that works with `even_the_last` alone."""
    who = {"of": me.account_id, "but": me.sign_in_id}
    if await passkeys.remove(tx, passkey_id, **who, even_the_last=even_the_last):
        cookies.drop(response, wired.settings)


@router.post("/proofs/options", responses=problems(409))
async def proof_options(tx: DoorTx, me: Me, wired: Wired) -> OptionsOut:
    """Ask for what a proof is given with."""
    return OptionsOut(public_key=await showing.ask_to_prove(tx, wired.settings.site, me.account_id))


@router.post("/proofs", status_code=204)
async def prove(response: Response, tx: DoorTx, wired: Wired, me: Me, body: ShownIn) -> None:
    """Prove to be there: for 15 minutes more may be done. The session goes on under a new token."""
    whose = {"account_id": me.account_id, "sign_in": me.sign_in_id}
    cookies.put(response, await showing.prove(tx, wired.settings.site, body.credential, **whose), wired.settings)
