"""What may become of an offer, and of a page. The statements in `actions.py` take these moves and no others.

Checked move by move on a real database by `tests/flows/test_state_machine.py`.
"""

from libs.peer.offers.models import OfferState, PageState

MOVES: dict[str, tuple[frozenset[OfferState], OfferState]] = {
    # The deadline is when others are asked, not when help is refused: a late yes counts while nobody has it.
    "accept": (frozenset({OfferState.OPEN, OfferState.EXPIRED}), OfferState.ACCEPTED),
    "decline": (frozenset({OfferState.OPEN}), OfferState.DECLINED),
    "recuse": (frozenset({OfferState.OPEN}), OfferState.RECUSED),
    "expire": (frozenset({OfferState.OPEN}), OfferState.EXPIRED),
    "call_off": (frozenset({OfferState.OPEN}), OfferState.CALLED_OFF),
    # Somebody else has it: thanks, and asked first when it is paged again.
    "stand_by": (frozenset({OfferState.OPEN, OfferState.EXPIRED, OfferState.CALLED_OFF}), OfferState.RESERVE),
    # After silence, in a later wave; or by the name that the peer who has it gives.
    "ask_again": (frozenset({OfferState.EXPIRED, OfferState.CALLED_OFF, OfferState.RESERVE}), OfferState.OPEN),
    # No contact within the time, given back, handed over, or the peer left.
    "release": (frozenset({OfferState.ACCEPTED}), OfferState.RELEASED),
    # The requester says that they are talking after all.
    "take_back": (frozenset({OfferState.RELEASED}), OfferState.ACCEPTED),
    # A coordinator takes what had been put to them in this round already.
    "step_in": (
        frozenset(
            {OfferState.DECLINED, OfferState.RECUSED, OfferState.EXPIRED, OfferState.CALLED_OFF, OfferState.RESERVE}
        ),
        OfferState.ACCEPTED,
    ),
}

LATE_YES = frozenset({OfferState.OPEN, OfferState.EXPIRED})
"""What a yes may be said to and win."""

PAGE_MOVES: dict[str, tuple[frozenset[PageState], PageState]] = {
    "hand_over": (frozenset({PageState.WAITING}), PageState.HANDED_OVER),
    "call_off": (frozenset({PageState.WAITING}), PageState.CALLED_OFF),
    "give_up": (frozenset({PageState.WAITING}), PageState.UNDELIVERABLE),
}
