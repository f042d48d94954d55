"""Who may not call: in words that say what is missing, and in RFC 6750's parameters for machines.

All of it follows from the token and the route. What is asked about was not looked for yet, so nothing tells whether it
is there.
"""

from starlette.exceptions import HTTPException


class Refused(HTTPException):
    """Refused, with a detail of ours; what Starlette and FastAPI put there is never shown."""


def unknown(*, has_bearer: bool) -> Refused:
    """Return the refusal of whoever proves nothing: unknown, ended and revoked tokens look alike."""
    if not has_bearer:
        return Refused(401, "", {"WWW-Authenticate": "Bearer"})
    said = "The token is unknown, has ended, or was revoked"
    detail = f"{said}. Take a new one: POST /v1/oauth/token."
    return Refused(401, detail, {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{said}"'})


def lacks_scope(scope: str | None) -> Refused:
    """Return the refusal of a token that does not reach this far; None for what no token opens."""
    if scope is None:
        detail = "No token opens this: it is for people who sign in."
        return Refused(403, detail, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
    detail = f"This needs a token with the scope {scope}. The program manager chooses what a key may."
    return Refused(403, detail, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'})


def is_not_of_region() -> Refused:
    """Return the refusal of a center's system where a whole region's is asked for."""
    detail = "This is for a key of the whole region, and this key is one center's."
    return Refused(403, detail, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
