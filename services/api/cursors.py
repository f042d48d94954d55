"""Cursors: where a list goes on. Opaque, signed, and good for one list of one reader alone.

A list is read by keyset: its rows are sorted by a key, and the cursor carries the last key that was seen.

    limit: Limit = 20, cursor: After = None      what a handler takes
    after = wired.cursors.decode(cursor, scope)  the key to go on after, or None for the beginning
    rows = ... WHERE (name, id) > (:name, :id) ORDER BY name, id LIMIT limit + 1
    page = wired.cursors.cut(rows, limit, scope, key=lambda row: (row.name, str(row.id)))
    tell_next(request, response, page.next_cursor)

`scope` names the list, whose it is, and its filters (`members:<region id>:roving`), so that a cursor of one region
or one filter is refused for another.

The secret is the processes' own (`keyed`). A new password ends open cursors: 400, and the reader begins anew.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from libs.peer import keyed
from libs.peer.errors import Kind, PeerError

LARGEST_LIMIT = 100
_TAG_BYTES = 16

Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="How many at most.")]
After = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before; none: the first.")]

Key = tuple[str | int, ...]
T = TypeVar("T")


class CursorInvalidError(PeerError):
    """This cursor does not belong to this list."""

    kind = Kind.MALFORMED
    code = "cursor_invalid"

    def __init__(self) -> None:
        super().__init__("Begin at the first page again, without `cursor`; use `next_cursor` as it was given.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursor of the next page; None on the last one."""

    data: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and reads the cursors of one deployment."""

    secret: bytes = field(repr=False)

    @classmethod
    def of_login(cls, database_url: str) -> "Cursors":
        """Derive the secret from the application's login."""
        return cls(keyed.of_login(database_url, "cursors"))

    def encode(self, key: Key, scope: str) -> str:
        """Return the cursor after the row with `key`, for the list called `scope`."""
        body = json.dumps(key, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(body, scope) + body).rstrip(b"=").decode()

    def decode(self, cursor: str | None, scope: str) -> Key | None:
        """Return the key that a cursor carries; None for no cursor.

        Raises:
            CursorInvalidError: it was not made by us, or for another list.
        """
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CursorInvalidError from error
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(body, scope)):
            raise CursorInvalidError
        return tuple(json.loads(body))

    def cut(self, rows: Sequence[T], limit: int, scope: str, *, key: Callable[[T], Key]) -> Page[T]:
        """Make a page of at most `limit + 1` rows, which were read to see whether there are more."""
        if len(rows) <= limit:
            return Page(rows, None)
        return Page(rows[:limit], self.encode(key(rows[limit - 1]), scope))

    def _tag(self, body: bytes, scope: str) -> bytes:
        signed = len(scope.encode()).to_bytes(4, "big") + scope.encode() + body
        return hmac.new(self.secret, signed, hashlib.sha256).digest()[:_TAG_BYTES]


def tell_next(request: Request, response: Response, next_cursor: str | None) -> None:
    """Say where the list goes on, as RFC 8288 does; a relative address, so that no proxy makes it wrong."""
    if next_cursor is not None:
        following = request.url.include_query_params(cursor=next_cursor)
        response.headers["link"] = f'<{following.path}?{following.query}>; rel="next"'
