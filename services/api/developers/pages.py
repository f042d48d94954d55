"""The developers' page, and the document that it is drawn from. For everybody: nothing on it is secret."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from services.api import rendering
from services.api.contract.document import document
from services.api.deps import Wired
from services.api.developers.views import LOCAL_RECEIVER, DevelopersPage, failures, shown
from services.api.webhooks.schemas import EXAMPLE_URL

router = APIRouter(prefix="/developers", include_in_schema=False)
_EXAMPLES = {"agency": "heartland-sandbox", "region": "heartland"}


@router.get("")
async def developers_page(request: Request, wired: Wired) -> Response:
    """Show how to call us."""
    base = wired.settings.public_url.rstrip("/")
    examples = _EXAMPLES if wired.settings.demo else {}
    # Only a demonstration sends to the machine that it stands on; anywhere else this address would be refused.
    hook_url = LOCAL_RECEIVER if wired.settings.webhook_loopback else EXAMPLE_URL
    operations = shown(_document(request), base, examples, hook_url)
    page = DevelopersPage(base, wired.settings.demo, hook_url, operations, failures())
    return rendering.page(request, "developers/developers.html", page)


@router.get("/openapi.json")
async def developers_document(request: Request) -> Response:
    """Return the contract as OpenAPI 3.1."""
    return JSONResponse(_document(request))


def _document(request: Request) -> dict[str, Any]:
    """Draw the document once a process."""
    state = request.app.state
    if not hasattr(state, "contract"):
        state.contract = document(request.app)
    found: dict[str, Any] = state.contract
    return found
