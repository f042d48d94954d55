"""What somebody calls a person or a system: one line, whatever was typed or pasted."""

from typing import Annotated

from pydantic import AfterValidator, Field

from libs.peer.registry.rules import plain_text


def _one_line(name: str) -> str:
    line = plain_text(name)
    if not line:
        raise ValueError("nothing in it can be read")
    return line


GivenName = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S"), AfterValidator(_one_line)]
"""As it is kept: no control character, no half of a sign (no column takes those), single blanks."""
