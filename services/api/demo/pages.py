"""What there is in a demonstration alone: the letters that a peer would get."""

import asyncio

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from libs.notify.channels.mail import MailDrop
from services.api import rendering
from services.api.demo.views import MailPage
from services.api.deps import MyMember, Wired

router = APIRouter(prefix="/demo", include_in_schema=False)


@router.get("/mail")
async def demo_mail_page(request: Request, wired: Wired, member: MyMember) -> Response:
    """Show the signed-in peer's own letters; there is no such page outside of a demonstration."""
    settings = wired.settings
    if not settings.demo or settings.mail_drop is None:
        raise HTTPException(404)
    letters = await asyncio.to_thread(MailDrop(settings.mail_drop).letters, member)
    return rendering.page(request, "demo/mail.html", MailPage(tuple(reversed(letters))))
