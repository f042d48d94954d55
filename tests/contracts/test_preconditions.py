"""Every operation that changes what can be read says how two who change it at once come one after the other."""

import inspect
import re

from fastapi.routing import APIRoute

from services.api.app import routes
from services.api.preconditions import IfMatch

_CHANGES = {"PUT", "PATCH", "POST", "DELETE"}
WITHOUT = {
    # Whole and small, one's own or one row by its key: the last one holds, and nothing of another's is lost by it.
    "set_availability": "one's own yes or no",
    "stand_on_rota": "one's own place",
    "put_incident_type": "one row, whole, by its code",
    "put_run_card": "one card, whole, by type and size",
    "put_response_window": "one window, whole, by its kind",
    "rename_passkey": "one's own, a name",
    # What is removed is gone, whatever it said; what is gone is 404.
    "end_rotation": "a removal",
    "delete_webhook": "a removal",
    # Adds, and changes nothing that is there.
    "create_another": "opens another team; its id is the client's own",
    # Whatever it was, afterwards it is another; the answer says which.
    "rotate_webhook_secret": "draws a new secret, by the number of the one before",
}
"""Operations that name no state, and why nothing is lost without."""


def _methods(route: APIRoute) -> set[str]:
    return set(route.methods or ())


def _shape(path: str) -> str:
    """A path without the names of its parts."""
    return re.sub(r"{\w+}", "{}", path)


_V1 = [route for route in routes() if route.path.startswith("/v1/")]
_READ = {_shape(route.path) for route in _V1 if "GET" in _methods(route) and route.path.endswith("}")}


def _is_about_something_read(route: APIRoute) -> bool:
    shape = _shape(route.path)
    return shape in _READ or any(shape.startswith(f"{read}/") for read in _READ)


def _takes_if_match(route: APIRoute) -> bool:
    parameter = inspect.signature(route.endpoint).parameters.get("if_match")
    return parameter is not None and parameter.annotation == IfMatch


def _says_once(route: APIRoute) -> bool:
    parameters = (route.openapi_extra or {}).get("parameters", [])
    return any(one["name"] == "Idempotency-Key" for one in parameters)


def _is_safe(route: APIRoute) -> bool:
    """`If-Match`; a move of a state, which compares and sets and answers 409; or done once by its key."""
    is_a_move = bool(_methods(route) & {"POST", "DELETE"}) and 409 in route.responses
    return _takes_if_match(route) or is_a_move or _says_once(route)


def test_whatever_is_read_with_its_id_is_changed_by_its_etag_or_by_a_move_of_its_state() -> None:
    changing = [route for route in _V1 if _methods(route) & _CHANGES]
    about = [route for route in changing if _is_about_something_read(route)]
    written = [route for route in changing if _methods(route) & {"PUT", "PATCH"}]
    assert len(about) > 25, "the rule would hold for nothing"
    bare = {route.name for route in [*about, *written] if not _is_safe(route)}
    assert bare == WITHOUT.keys()


def test_who_takes_if_match_declares_what_it_may_answer() -> None:
    taking = [route for route in _V1 if _takes_if_match(route)]
    names = {route.name.removeprefix("change_") for route in taking}
    assert names == {"agency", "deployment", "member", "policy", "rotation", "schedule", "webhook"}
    for route in taking:
        assert {412, 428} <= route.responses.keys(), route.name
