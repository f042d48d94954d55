"""Expected failures around deployments."""

from typing import ClassVar

from libs.peer.deployments.composition import Refusal
from libs.peer.errors import Kind, PeerError


class DeploymentUnknownError(PeerError):
    """There is no such deployment."""

    kind = Kind.NOT_FOUND
    code = "deployment_unknown"


class DeploymentMovedOnError(PeerError):
    """The deployment has moved on in the meantime."""

    kind = Kind.CONFLICT
    code = "deployment_moved_on"


class DeploymentChangedError(PeerError):
    """Somebody else has changed time, place or an answer of this deployment since you read it."""

    kind = Kind.CHANGED
    code = "deployment_changed"


class InvitationUnknownError(PeerError):
    """There is no such invitation for you."""

    kind = Kind.NOT_FOUND
    code = "invitation_unknown"


class InvitationOverError(PeerError):
    """This team is not needed any more. Thank you for being ready."""

    kind = Kind.CONFLICT
    code = "invitation_over"


class NotOnTeamError(PeerError):
    """You are not on this team, or this step is behind you."""

    kind = Kind.CONFLICT
    code = "not_on_team"


class NotForThisTeamError(PeerError):
    """This person cannot be on this team."""

    kind = Kind.INVALID
    code = "not_for_this_team"

    _FIXES: ClassVar = {
        Refusal.ON_TEAM: "They are on it already, or are being asked.",
        Refusal.OWN_AGENCY: "They work at the affected agency. Write down why they should come all the same.",
        Refusal.NOT_CURRENT: "They are suspended, not designated, or their training is not complete.",
        Refusal.AWAY: "They are away, or on another team that day.",
        Refusal.NEEDS_CLINICIAN: "A clinician leads a debriefing; peers and clinicians do not stand in for each other.",
        Refusal.TOO_MANY_OF_AGENCY: "Two of their agency are on the team already.",
    }

    def __init__(self, refusal: Refusal | None = None) -> None:
        super().__init__(self._FIXES[refusal] if refusal else "Choose somebody of the roster.")


class WindowInvalidError(PeerError):
    """A window has to end after it begins."""

    kind = Kind.INVALID
    code = "window_invalid"


class StartInvalidError(PeerError):
    """A team cannot come in the past."""

    kind = Kind.INVALID
    code = "start_invalid"


class StartPassedError(PeerError):
    """The start is long past. Change the start, or ask people by name."""

    kind = Kind.CONFLICT
    code = "start_passed"
