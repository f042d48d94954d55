"""Photos of peers, in and out. None is kept by a browser or a proxy on the way (the edge's `no-store`)."""

import asyncio

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from libs.peer.intranet import photos
from libs.peer.intranet.photos import LARGEST_PHOTO_BYTES

_ONE_AT_A_TIME = asyncio.Semaphore(1)
"""Unpacking one takes memory; several at once would take it from whoever asks for help."""


async def of_form(request: Request) -> bytes:
    """Read a form with a photo in the field `photo`, and make the square of it that is kept.

    Raises:
        NotAPhoto: none was sent, or nothing that can be used.
    """
    async with request.form(max_files=1, max_fields=4) as form:
        request.state.lang = form.get("lang", "")
        sent = form.get("photo")
        content = await sent.read(LARGEST_PHOTO_BYTES + 1) if isinstance(sent, UploadFile) else b""
    async with _ONE_AT_A_TIME:
        return await asyncio.to_thread(photos.square, content)


def of_peer(jpeg: bytes | None) -> Response:
    """Answer with a photo.

    Raises:
        HTTPException: 404 when there is none, or nobody such: nobody can tell which.
    """
    if jpeg is None:
        raise HTTPException(404)
    return Response(jpeg, media_type="image/jpeg")
