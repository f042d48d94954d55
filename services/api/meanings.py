"""What each code of a problem means, and what to do about it: one table for answers, their pages and `/developers`.

An expected failure brings status and title along (its kind, its docstring); here stands what to do, for its code or,
where that says as much, for its kind. What no `PeerError` says stands here whole.
"""

from dataclasses import dataclass
from http import HTTPStatus

from libs.peer.errors import Kind, PeerError
from libs.peer.registry.errors import CatalogueEmpty, CountyInSeveralStates, UnknownCounty, UnknownState

STATUS = {
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.REFUSED: HTTPStatus.FORBIDDEN,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.STALE: HTTPStatus.PRECONDITION_FAILED,
    Kind.UNCONDITIONAL: HTTPStatus.PRECONDITION_REQUIRED,
    Kind.MALFORMED: HTTPStatus.BAD_REQUEST,
    Kind.CHANGED: HTTPStatus.PRECONDITION_FAILED,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says.

    Attributes:
        advice: what to do, in one or two sentences; an answer may know better and say that instead.
    """

    status: HTTPStatus
    title: str
    advice: str


PROTOCOL = {
    "bad_request": Meaning(
        HTTPStatus.BAD_REQUEST,
        "This cannot be read",
        "Send JSON in UTF-8, or a form, with the Content-Type that says so.",
    ),
    "unauthorized": Meaning(
        HTTPStatus.UNAUTHORIZED,
        "Nobody is signed in",
        "A system sends `Authorization: Bearer` with a token of POST /v1/oauth/token; a person signs in.",
    ),
    "forbidden": Meaning(
        HTTPStatus.FORBIDDEN,
        "This is not for whoever asks",
        "Ask with a key or an account that may; the document names the scope of each operation.",
    ),
    "from_another_site": Meaning(
        HTTPStatus.FORBIDDEN,
        "This came from another site.",
        "Open the page here and try again. A system sends no Origin and no cookie.",
    ),
    "not_found": Meaning(
        HTTPStatus.NOT_FOUND,
        "There is nothing here",
        "Look at the address and its ids: what is another's is none, too.",
    ),
    "method_not_allowed": Meaning(
        HTTPStatus.METHOD_NOT_ALLOWED, "This address has no such method", "`Allow` names those that it has."
    ),
    "content_too_large": Meaning(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is too large", "Nothing was kept of it. Send less."
    ),
    "invalid": Meaning(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Something in this cannot be used",
        "`errors` names each part by JSON Pointer, and what is wrong with it. Change those and send it again.",
    ),
    "internal_error": Meaning(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        "Send it again, with the same Idempotency-Key where it takes one. If it stays, tell us the `request_id`.",
    ),
    "database_away": Meaning(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is out of reach",
        "Send it again after `Retry-After`: it happens once.",
    ),
    "schema_behind": Meaning(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database waits for a migration",
        "Whoever runs the server brings it up: `owncall migrate up`.",
    ),
    "being_updated": Meaning(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "This center's pages are being updated",
        "Nothing was kept of what was sent. Send it again after `Retry-After`.",
    ),
}
"""What the protocol and the edge answer by themselves."""

_READ_AGAIN = "Read it again, and send your change with its new ETag as `If-Match`."
_OF_KIND = {
    Kind.NOT_FOUND: "Look at the id: the list that it comes from says what there is.",
    Kind.CONFLICT: "Read it again: it says what can be done with it now.",
    Kind.INVALID: "Change what is named and send it again.",
    Kind.STALE: _READ_AGAIN,
    Kind.CHANGED: _READ_AGAIN,
    Kind.UNCONDITIONAL: "Send the ETag that it was read with as `If-Match`.",
    Kind.TOO_MANY: "`Retry-After` says in how many seconds it goes on.",
}
_OF_CODE = {
    "agreement_ended": "Nothing is left to end. Enter a new one if there is one.",
    "already_taken": "Nothing is left to do. Others may wait: look at what is open.",
    "approval_unknown": "Look at what waits for you: a colleague may have decided.",
    "attempt_over": "Begin to sign in anew, and stay in that browser.",
    "calendar_unknown": "Subscribe to the link that your page gives you now.",
    "center_unknown": "Name one of the region's centers, or leave it out.",
    "code_not_right": "Ask for a new code and type the latest one.",
    "code_too_soon": "Wait a minute, then ask for a code again.",
    "cursor_invalid": "Begin at the first page again, without a cursor.",
    "eido_unreadable": "Send JSON in UTF-8, not nested deeply.",
    "hard_calls_unsound": "`errors` names each line and column. Nothing was done: change those and send all again.",
    "hours_unreadable": "Write hours as 22:00.",
    "idempotency_key_in_flight": "Send the same again by the same key after `Retry-After`.",
    "idempotency_key_missing": "Send `Idempotency-Key`: 8 to 255 visible characters, drawn anew for each new request.",
    "idempotency_key_reused": "Draw a new key for a new request. By the old one only the same request goes.",
    "incident_taken": "Draw a new id and send it again. Nothing was opened.",
    "last_key": "Add another key first, or remove the system.",
    "last_passkey": "Add another passkey first, or repeat it with `even_the_last=true`.",
    "link_used": "Ask whoever sent it for a new link.",
    "logout_refused": "Send a logout token that is new, signed, and of the provider that is set here.",
    "no_part_here": "Ask an admin of your center, or the program manager, to let you in.",
    "no_passkey_here": "Go on signing in with your center's account.",
    "not_a_photo": "Send a JPEG, PNG or WebP of up to 8 MB.",
    "not_a_roster": "Send CSV or XLSX, without a password.",
    "nobody_there": "Choose another region, or leave the request where it is.",
    "on_duty_then": "Choose another time, or another person.",
    "away_then": "Choose another time, or take the time away out.",
    "partner_unknown": "Hand it to a region that an agreement names.",
    "passkey_refused": "Use another passkey, or ask for a new link.",
    "prove_again": "Show a passkey: POST /v1/account/proofs. Then send it again within 15 minutes.",
    "provider_away": "Try again in a minute, or sign in with a passkey.",
    "receipt_taken": "Send it without a receipt: a new one is drawn.",
    "receipt_unknown": "Look at the words again. Wrong, old and mistyped ones look alike.",
    "roster_faulty": "`errors` names line, column and fix. Change those and send the file again.",
    "roster_moved_on": "Look at the preview again, and import what it says then.",
    "sandbox_missing": "Ask whoever runs the server to make one.",
    "scope_refused": "Choose other permissions, or a key for the whole region.",
    "sign_on_refused": "Begin to sign in anew. If it stays, a passkey works meanwhile.",
    "sign_on_step": "Do the step before this one first.",
    "start_invalid": "Name a time that is to come, with its offset.",
    "station_taken": "Take its page away first.",
    "swap_stands": "Take the swap back first.",
    "time_zone_unknown": "Send a name of the IANA's list, like America/Chicago.",
    "token_unknown": "Look at the list of tokens: it may have ended.",
    "too_late_to_undo": "Nothing can be taken back ten seconds later. Talk to whoever it went to.",
    "too_many_keys": "Remove a key that is not used any more.",
    "too_many_passkeys": "Remove a passkey that is not used any more.",
    "too_many_webhooks": "Remove a webhook that is not used any more.",
    "webhook_address": "Send an https address on the internet that answers there, without a password in it.",
    "webhook_off": "Switch it on first: PATCH it with `status` active.",
    # Of the command line alone; documented with the others, so their pages are there, too.
    CatalogueEmpty.code: "Import the FCC's file first: `owncall registry import`.",
    CountyInSeveralStates.code: "Say which state.",
    UnknownCounty.code: "Check the spelling and the state.",
    UnknownState.code: "Give a state's two letters, such as MO.",
}
"""Where the kind does not say enough."""


def title_of(error: type[PeerError]) -> str:
    """Return what people read of an error: the first line of its docstring."""
    return (error.__doc__ or "").strip().splitlines()[0]


def advice_of(error: type[PeerError]) -> str:
    """Return what to do about an error, whenever it is raised."""
    return _OF_CODE.get(error.code) or _OF_KIND[error.kind]


def expected() -> dict[str, type[PeerError]]:
    """Return every expected error by its code."""
    found: dict[str, type[PeerError]] = {}
    waiting = list(PeerError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        found[error.code] = error
    return found


def every() -> dict[str, Meaning]:
    """Return what every code means that any answer may have, in the alphabet's order."""
    found = {code: Meaning(STATUS[error.kind], title_of(error), advice_of(error)) for code, error in expected().items()}
    return dict(sorted({**found, **PROTOCOL}.items()))
