"""In a demonstration nothing real is ever dialed or written to.

A list that brings addresses in asks here (a roster), and so does every channel that hands something to an address; the
mail drop has none.

Source: domain, rule 13; the North American Numbering Plan keeps 555-0100 to 555-0199 for fiction, RFC 2606 the names of
examples.
"""

import re

_FICTIONAL_NUMBER = re.compile(r"\+1[2-9][0-9]{2}55501[0-9]{2}")
_LOCAL_PART = re.compile(r"[A-Za-z0-9._%+'-]{1,64}")
_FICTIONAL_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){0,5}(?:example\.(?:com|net|org)|[a-z0-9-]{1,63}\.example|example)")


class RealAddressError(Exception):
    """A demonstration was about to send to a number or an address that somebody may have. Carries no address."""

    def __init__(self) -> None:
        super().__init__("in a demonstration only 555-01xx numbers and example.* addresses are sent to")


def is_fictional(address: str) -> bool:
    """Say whether nobody can have this number or address: +1…55501xx in E.164, or an e-mail at example.*."""
    if _FICTIONAL_NUMBER.fullmatch(address):
        return True
    local_part, at, host = address.partition("@")
    return bool(at and _LOCAL_PART.fullmatch(local_part) and _FICTIONAL_HOST.fullmatch(host.lower()))


def insist(address: str, *, is_demo: bool) -> None:
    """Let an address pass, unless this is a demonstration and somebody may have it.

    Args:
        address: E.164 number or e-mail address.
        is_demo: OWNCALL_DEMO is set.

    Raises:
        RealAddressError: then nothing may be handed over.
    """
    if is_demo and not is_fictional(address):
        raise RealAddressError
