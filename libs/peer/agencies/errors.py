"""What can be wrong when agencies are to take part, or change."""

from libs.peer.errors import Kind, PeerError


class AgencyUnknownError(PeerError):
    """This agency is not in your region."""

    kind = Kind.NOT_FOUND
    code = "agency_unknown"


class AgencyNotWellDescribedError(PeerError):
    """Something is missing about this agency.

    Args:
        wrong: a sentence by field, at least one.
    """

    kind = Kind.INVALID
    code = "agency_not_well_described"

    def __init__(self, wrong: dict[str, str]) -> None:
        super().__init__(" ".join(wrong.values()))
        self.wrong = wrong


class PsapUnknownError(PeerError):
    """The FCC's registry has no such center, or says that it is out of service."""

    kind = Kind.INVALID
    code = "psap_unknown"

    def __init__(self) -> None:
        super().__init__("Look for it by name. One that is out of service by mistake can be added by hand.")


class OnboardingUnknownError(PeerError):
    """This onboarding is not in your region, or was put away."""

    kind = Kind.NOT_FOUND
    code = "onboarding_unknown"


class AgencyChangedError(PeerError):
    """Somebody else has changed this agency in the meantime."""

    kind = Kind.CHANGED
    code = "agency_changed"

    def __init__(self) -> None:
        super().__init__("Read it again, and change what is there now.")


class AgencyOnItsWayError(PeerError):
    """This agency is being moved or removed."""

    kind = Kind.CONFLICT
    code = "agency_on_its_way"

    def __init__(self) -> None:
        super().__init__("It cannot be changed until that is done. The person who runs this site knows more.")
