"""A POST of /v1 that is sent again after a lost answer does nothing twice: by its key, or for a reason that is here."""

import inspect
from typing import get_type_hints

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.api.app import routes
from services.api.once import HEADER, Once

KEYED = {
    *("receive_eido", "receive_hard_calls", "offer_support", "report_incident", "create_webhook"),
    *("add_client", "rotate_secret", "add_admin", "create_agreement"),
    *("add_rotation", "add_override", "offer_open_shifts"),
}
OWN_ID = {"create_deployment", "create_another", "open_incident"}
"""Their id is drawn by the client: the same one again opens nothing."""
RECEIPT = {"create_request"}
"""The receipt may be drawn by the client, and is looked up: the same one again asks nothing."""
BY_STATE = {
    # What was done is not in the state any more from which it can be done.
    *("accept_offer", "take_waiting", "let_in", "turn_away", "give_back", "hand_over", "take_follow_up"),
    *("follow_up_done", "pass_follow_up_on", "follow_up_tried"),
    *("approve", "decline", "hand_on", "undo_decision", "end_agreement"),
    *("accept_invitation", "decline_invitation", "take_step", "drop_out"),
    *("ask_member", "pass_over_member", "replace_member", "fill_team", "go_with_fewer", "propose_team"),
    *("cancel_deployment", "finish_deployment", "note_debrief", "note_one_on_ones", "change_deployment"),
    *("take_open_shift", "give_open_shift_back"),
    *("ask_for_swap", "take_swap", "undo_swap", "cancel_swap", "refuse_swap", "approve_swap", "call_swap_off"),
    *("withdraw_request", "close_request", "ask_again", "confirm_contact", "go_there"),
    *("choose_follow_ups", "move_follow_up", "stop_follow_ups"),
    # There is one of a kind: one position, one key by its thumbprint, one code a minute.
    *("add_station", "add_public_key", "ask_for_code"),
    # A challenge, and a provider's word, are good once.
    *("add_passkey", "enroll", "region_logout", "center_logout"),
}
"""Moves of a state: the second one finds it moved, and says so (404, 409) or says the same."""
OTHERWISE = {
    # Replaces what there was: there is one afterwards, and the answer shows it.
    "link_admin": "the link before ends",
    "link_member": "the link before ends",
    "make_calendar_link": "the link before ends",
    "rotate_webhook_secret": "the answer has the one that signs; what is refused until it is in place is sent again",
    "reset_sandbox": "put back is put back",
    "import_members": "the same file again changes nothing",
    "create_onboardings": "one row an agency that waits",
    # Sends something again that receivers tell apart by its id, or that means nothing.
    "replay_webhook": "the same `webhook-id`, and by default only what failed",
    "replay_webhook_delivery": "the same `webhook-id`",
    "test_webhook": "the event means nothing",
    # One's own word, that changes no clock.
    "note_attempt": "told to the requester; counts for nothing",
    "decline_offer": "declined is declined",
    "recuse_offer": "stepped aside is stepped aside",
    # A challenge, a code or a proof is good once, and the second answer is a refusal.
    "prove": "a challenge is good once",
    "prove_channel": "a code is good once",
    "sign_in_by_passkey": "a challenge is good once",
    # Makes nothing that anybody finds.
    "issue_token": "one more token for whoever has the secret, for 15 minutes",
    "revoke_token": "ended is ended",
    "new_passkey_options": "draws a challenge",
    "proof_options": "draws a challenge",
    "enrollment_options": "draws a challenge",
    "sign_in_options": "draws a challenge",
    "preview_import": "reads a file",
    "list_follow_ups": "reads, by a receipt that belongs in no address",
    "request_status": "reads, by a receipt that belongs in no address",
}
"""Why nothing is done twice by any other."""
_POSTS = {route.name: route for route in routes() if route.path.startswith("/v1/") and "POST" in (route.methods or ())}


def _takes_a_key(route: APIRoute) -> bool:
    parameters = inspect.signature(route.endpoint).parameters.values()
    return any(parameter.annotation == Once for parameter in parameters)


def _fields(name: str) -> dict[str, bool]:
    """The fields of what is sent; whether each must be."""
    taken = get_type_hints(_POSTS[name].endpoint).values()
    (sent,) = (
        one for one in taken if inspect.isclass(one) and issubclass(one, BaseModel) and one.__name__.endswith("In")
    )
    return {field: one.is_required() for field, one in sent.model_fields.items()}


def test_every_post_takes_a_key_or_has_one_reason_not_to() -> None:
    table = [KEYED, OWN_ID, RECEIPT, BY_STATE, set(OTHERWISE)]
    assert sum(map(len, table)) == len(set().union(*table)), "one is there twice"
    assert set().union(*table) == _POSTS.keys()
    assert {name for name, route in _POSTS.items() if _takes_a_key(route)} == KEYED


@pytest.mark.parametrize("name", sorted(KEYED))
def test_who_takes_a_key_says_so(name: str) -> None:
    extra = _POSTS[name].openapi_extra or {}
    assert HEADER["parameters"][0] in extra["parameters"]
    assert {400, 409} <= _POSTS[name].responses.keys()


def test_the_reasons_hold_of_what_is_declared() -> None:
    assert all(_fields(name)["id"] for name in OWN_ID)
    assert all("receipt" in _fields(name) for name in RECEIPT)
    silent = {name for name in BY_STATE if not {404, 409} & _POSTS[name].responses.keys()}
    assert silent == set()
