"""Expected failures when a critical incident is opened."""

from libs.peer.errors import Kind, PeerError


class IncidentTimeError(PeerError):
    """This time cannot be right."""

    kind = Kind.INVALID
    code = "incident_time"


class IncidentTakenError(PeerError):
    """Another center's incident has this id."""

    kind = Kind.CONFLICT
    code = "incident_taken"


class TimeZoneUnknownError(PeerError):
    """There is no such time zone."""

    kind = Kind.INVALID
    code = "time_zone_unknown"
