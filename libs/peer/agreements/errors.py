"""Expected failures around agreements."""

from collections.abc import Sequence

from libs.peer.errors import Kind, PeerError


class AgreementUnknownError(PeerError):
    """There is no such agreement."""

    kind = Kind.NOT_FOUND
    code = "agreement_unknown"


class AgreementEndedError(PeerError):
    """This agreement has ended."""

    kind = Kind.CONFLICT
    code = "agreement_ended"


class AgreementNotWellDescribedError(PeerError):
    """The agreement cannot be kept like this."""

    kind = Kind.INVALID
    code = "agreement_not_well_described"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(_WORDS[fault] for fault in faults))
        self.faults = tuple(faults)

    @property
    def errors(self) -> list[dict[str, object]]:
        """Each fault by its code, with what to do."""
        return [{"pointer": _POINTERS[fault], "code": fault, "detail": _WORDS[fault]} for fault in self.faults]


_WORDS = {
    "ends_before_it_starts": "The last day must not be before the first.",
    "ends_in_the_past": "The last day must be today or later.",
    "too_long": "Ten years are the longest. Look at the year.",
    "partner_unknown": "Choose a partner from the list, or write the name of a place outside.",
}
_POINTERS = {
    "ends_before_it_starts": "/ends_on",
    "ends_in_the_past": "/ends_on",
    "too_long": "/ends_on",
    "partner_unknown": "/partner",
}
