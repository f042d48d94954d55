"""Which conversations without a request weigh."""

from libs.peer.contacts.models import Length


def counts_as_a_yes(length: Length) -> bool:
    """Say whether a conversation counts among its peer's yeses of a day: a few words in the hallway do not.

    Else a peer who logs what they do is asked less than one who does not, and nobody would.

    Source: docs/decisions/0014-people-and-matching.md
    """
    return length is not Length.UNDER_15
