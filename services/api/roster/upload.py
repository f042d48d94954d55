"""Files that come in, and files that go out. Nothing of an upload is kept between two calls."""

import asyncio
import base64
import binascii
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.peer.intranet.photos import LARGEST_PHOTO_BYTES
from libs.peer.roster import queries, reading, rules
from libs.peer.roster.cells import Cells
from libs.peer.roster.errors import NotARoster
from libs.peer.roster.faults import Fault
from libs.peer.roster.reading import LARGEST_FILE_BYTES, Sheet
from libs.peer.roster.rules import Entry
from libs.tenancy.directory import RegionRef, Tenants

LARGEST_ON_A_PAGE_BYTES = 2 * 1024**2
"""The page carries the file from preview to confirmation itself, so that the server keeps nothing."""
_ROOM_BYTES = LARGEST_FILE_BYTES + 64 * 1024
_TAKE_FILES = ("/program/roster/import", "/v1/members/import")
_TAKES_PHOTO = "/peer/limits/photo"
LARGEST_REPORT_BYTES = 8 * 1024**2
"""An EIDO with 10,000 components has about 4 MB."""


class UploadMiddleware:
    """Lets the routes that take files take more; these read a body only once they know who calls."""

    def __init__(self, app: ASGIApp, *, limited: Callable[[ASGIApp, int], ASGIApp]) -> None:
        self._app = app
        self._roomy = limited(app, _ROOM_BYTES)
        self._for_reports = limited(app, LARGEST_REPORT_BYTES)
        self._for_photos = limited(app, LARGEST_PHOTO_BYTES + 64 * 1024)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        path = scope["path"] if scope["type"] == "http" else ""
        takes_report = path.startswith("/v1/agencies/") and path.endswith(("/eido", "/hard-calls"))
        if path == _TAKES_PHOTO:
            roomy = self._for_photos
        else:
            roomy = self._roomy if path.startswith(_TAKE_FILES) else self._for_reports if takes_report else self._app
        await roomy(scope, receive, send)


async def of_form(request: Request) -> tuple[bytes, dict[str, str]]:
    """Read a form with a file in the field `file`, or with the same file as the preview carried it.

    Returns:
        The file, empty when none was chosen; and the other fields.

    Raises:
        NotARoster: larger than the page takes.
    """
    async with request.form(max_files=1, max_fields=8, max_part_size=2 * LARGEST_ON_A_PAGE_BYTES) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        upload = form.get("file")
        if isinstance(upload, UploadFile):
            content = await upload.read(LARGEST_ON_A_PAGE_BYTES + 1)
        else:
            content = unpacked(fields.get("carried", ""))
    if len(content) > LARGEST_ON_A_PAGE_BYTES:
        raise NotARoster("The page takes files up to 2 MB. `owncall roster import` and the API take larger ones.")
    return content, fields


def packed(content: bytes) -> str:
    """Return a file as a form field carries it."""
    return base64.b64encode(content).decode()


def unpacked(field: str) -> bytes:
    """Return the file that a form field carries; empty when it is none of ours."""
    try:
        return base64.b64decode(field, validate=True)
    except (binascii.Error, ValueError):
        return b""


async def understood(
    content: bytes, tenants: Tenants, region: RegionRef, *, is_demo: bool
) -> tuple[Sheet, tuple[Entry, ...], tuple[Fault, ...]]:
    """Read a file into people and faults, in a thread: a large one takes seconds.

    Raises:
        NotARoster: it cannot be read at all.
    """
    cells = Cells(queries.places(tenants, region), is_demo=is_demo)

    def work() -> tuple[Sheet, tuple[Entry, ...], tuple[Fault, ...]]:
        sheet = reading.read(content)
        return sheet, *rules.entries(sheet.rows, cells)

    return await asyncio.to_thread(work)


def csv(name: str, content: str) -> Response:
    """Answer with a file to download."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content.encode(), media_type="text/csv; charset=utf-8", headers=headers)
