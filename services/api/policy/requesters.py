"""Everybody, and whoever asks."""

from libs.tenancy.planes import PlaneKind
from services.api.policy.principals import ANYBODY, ASK, DISPATCH, DOOR, RECEIPT, Entry, entry

ROWS: dict[str, Entry] = {
    # Pages for everybody.
    "home": entry(ANYBODY, DOOR),
    "ask_region_page": entry(ANYBODY, DOOR, DISPATCH),
    "ask_agency_page": entry(ANYBODY, DOOR, DISPATCH),
    **dict.fromkeys(("colleague_region_page", "colleague_agency_page"), entry(ANYBODY, DOOR, DISPATCH)),
    **dict.fromkeys(("region_cards_page", "agency_cards_page"), entry(ANYBODY, DOOR)),
    **dict.fromkeys(("trust_page", "show_figures", "show_figures_csv"), entry(ANYBODY, DOOR)),
    # From the networks that the program manager set, and for nobody else.
    **dict.fromkeys(("shown_roster_page", "shown_photo"), entry(ANYBODY, PlaneKind.INTRANET)),
    "code_page": entry(ANYBODY, DOOR),
    **dict.fromkeys(("leave", "developers_page", "developers_document"), entry(ANYBODY)),
    "problem_page": entry(ANYBODY),
    "livez": entry(ANYBODY),
    "readyz": entry(ANYBODY, DOOR),
    # The requester: a receipt, nothing else, ever.
    "ask": ASK,
    "status_page": RECEIPT,
    "status_live": RECEIPT,
    "confirm_page": RECEIPT,
    "close_page": RECEIPT,
    "withdraw_page": RECEIPT,
    "create_request": ASK,
    "request_status": RECEIPT,
    "confirm_contact": RECEIPT,
    "close_request": RECEIPT,
    "withdraw_request": RECEIPT,
    "move_check_in_page": RECEIPT,
    "stop_check_in_page": RECEIPT,
    "choose_check_in_page": RECEIPT,
    "list_follow_ups": RECEIPT,
    "move_follow_up": RECEIPT,
    "stop_follow_ups": RECEIPT,
    "choose_follow_ups": RECEIPT,
    "ask_again_page": RECEIPT,
    "ask_again": RECEIPT,
    "go_there_page": RECEIPT,
    "go_there": RECEIPT,
}
