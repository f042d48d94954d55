"""Passkeys as JSON: what the browser is asked for, and what it answered. `static/passkeys.js` is who calls.

Nobody signed in learns here whether somebody has an account: the same answers, in the same time.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import showing
from services.api import cookies
from services.api.declared import open_problems
from services.api.deps import DoorTx, Wired

router = APIRouter(prefix="/v1", tags=["door"])

Credential = Annotated[dict[str, object], Field(description="The PublicKeyCredential, as its `toJSON()` says it.")]
Token = Annotated[str, Field(max_length=200, description="What stands behind the # of the link.")]


class OptionsOut(BaseModel):
    """What goes into `navigator.credentials`."""

    public_key: dict[str, object] = Field(serialization_alias="publicKey")


class LinkIn(BaseModel):
    """A one-time link."""

    model_config = ConfigDict(extra="forbid")

    token: Token


class EnrollmentIn(BaseModel):
    """A one-time link, and the passkey that its holder has made."""

    model_config = ConfigDict(extra="forbid")

    token: Token
    credential: Credential


class ShownIn(BaseModel):
    """A passkey that was shown."""

    model_config = ConfigDict(extra="forbid")

    credential: Credential


class SignedInOut(BaseModel):
    """Where to go now; the session is in the cookie."""

    next: str


@router.post("/enrollments/options", responses=open_problems(403, 409))
async def enrollment_options(tx: DoorTx, wired: Wired, body: LinkIn) -> OptionsOut:
    """Ask for what a passkey is made with. The link stays good until the passkey is there."""
    return OptionsOut(public_key=await passkeys.ask_to_enroll(tx, wired.settings.site, body.token.strip()))


@router.post("/enrollments", responses=open_problems(403, 409))
async def enroll(request: Request, response: Response, tx: DoorTx, wired: Wired, body: EnrollmentIn) -> SignedInOut:
    """Use up a link with a passkey of one's own, and be signed in."""
    browser = cookies.browser(request, wired.settings)
    begun = await passkeys.enroll(tx, wired.settings.site, body.token.strip(), body.credential, browser)
    cookies.put(response, begun, wired.settings)
    return SignedInOut(next="/account?done=enrolled")


@router.post("/sign-ins/options")
async def sign_in_options(tx: DoorTx, wired: Wired) -> OptionsOut:
    """Ask for what a passkey is shown with. No name is typed: the browser knows which passkeys it has."""
    return OptionsOut(public_key=await showing.ask_to_sign_in(tx, wired.settings.site, wired.sign_in_key))


@router.post("/sign-ins", responses=open_problems(403))
async def sign_in_by_passkey(
    request: Request, response: Response, tx: DoorTx, wired: Wired, body: ShownIn
) -> SignedInOut:
    """Sign in."""
    browser = cookies.browser(request, wired.settings)
    begun = await showing.sign_in(tx, wired.settings.site, wired.sign_in_key, body.credential, browser)
    cookies.put(response, begun, wired.settings)
    return SignedInOut(next="/dashboard")
