"""What may become of an offer, and of a page. The statements in `actions.py` take these moves and no others.

Checked move by move on a real database by `tests/flows/test_state_machine.py`.
"""

from libs.peer.offers.models import OfferState, PageState

MOVES: dict[str, tuple[frozenset[OfferState], OfferState]] = {
    "accept": (frozenset({OfferState.OPEN}), OfferState.ACCEPTED),
    "decline": (frozenset({OfferState.OPEN}), OfferState.DECLINED),
    "recuse": (frozenset({OfferState.OPEN}), OfferState.RECUSED),
    "expire": (frozenset({OfferState.OPEN}), OfferState.EXPIRED),
    "call_off": (frozenset({OfferState.OPEN}), OfferState.CALLED_OFF),
    # No contact within the time: the callout is taken back.
    "release": (frozenset({OfferState.ACCEPTED}), OfferState.RELEASED),
    # The requester says that they are talking after all.
    "take_back": (frozenset({OfferState.RELEASED}), OfferState.ACCEPTED),
    # A coordinator takes what had been put to them in this round already.
    "step_in": (
        frozenset({OfferState.DECLINED, OfferState.RECUSED, OfferState.EXPIRED, OfferState.CALLED_OFF}),
        OfferState.ACCEPTED,
    ),
}

PAGE_MOVES: dict[str, tuple[frozenset[PageState], PageState]] = {
    "hand_over": (frozenset({PageState.WAITING}), PageState.HANDED_OVER),
    "call_off": (frozenset({PageState.WAITING}), PageState.CALLED_OFF),
    "give_up": (frozenset({PageState.WAITING}), PageState.UNDELIVERABLE),
}
