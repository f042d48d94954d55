"""Expected failures around schedules, shifts and swaps."""

from collections.abc import Mapping

from libs.peer.errors import Kind, PeerError


class ScheduleUnknown(PeerError):
    """There is no such team for you."""

    kind = Kind.NOT_FOUND
    code = "schedule_unknown"


class RotationUnknown(PeerError):
    """There is no such rotation for you."""

    kind = Kind.NOT_FOUND
    code = "rotation_unknown"


class OverrideUnknown(PeerError):
    """There is no such override for you."""

    kind = Kind.NOT_FOUND
    code = "override_unknown"


class SignUpUnknown(PeerError):
    """There is no such open shift for you."""

    kind = Kind.NOT_FOUND
    code = "sign_up_unknown"


class ShiftUnknown(PeerError):
    """You have no such shift. The schedule may have changed."""

    kind = Kind.NOT_FOUND
    code = "shift_unknown"


class SwapUnknown(PeerError):
    """There is no such swap for you."""

    kind = Kind.NOT_FOUND
    code = "swap_unknown"


class CalendarUnknown(PeerError):
    """This calendar link does not work. Your page gives you a new one."""

    kind = Kind.NOT_FOUND
    code = "calendar_unknown"


class ScheduleNotSound(PeerError):
    """Something in this schedule cannot be used.

    Args:
        faults: by field, what to do about it.
    """

    kind = Kind.INVALID
    code = "schedule_not_sound"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)

    @property
    def errors(self) -> list[dict[str, object]]:
        """Each field, with what to do about it."""
        return [{"pointer": f"/{name}", "detail": sentence} for name, sentence in self.faults.items()]


class RotationChanged(PeerError):
    """Somebody else has changed this rotation since you read it."""

    kind = Kind.CHANGED
    code = "rotation_changed"


class ScheduleChanged(PeerError):
    """Somebody else has changed how this team plans since you read it."""

    kind = Kind.CHANGED
    code = "schedule_changed"


class TemporaryOverlaps(PeerError):
    """Another temporary schedule is in force at that time."""

    kind = Kind.CONFLICT
    code = "temporary_overlaps"


class ShiftBegun(PeerError):
    """This shift has begun, or is over. Your coordinator can still put somebody else there."""

    kind = Kind.CONFLICT
    code = "shift_begun"


class SignUpTaken(PeerError):
    """Somebody else has this shift."""

    kind = Kind.CONFLICT
    code = "sign_up_taken"


class OnDutyThen(PeerError):
    """There is a shift at that time already. One person has one at a time."""

    kind = Kind.CONFLICT
    code = "on_duty_then"


class AwayThen(PeerError):
    """You are away then."""

    kind = Kind.CONFLICT
    code = "away_then"


class OwnSwap(PeerError):
    """This is your own shift. You can take your ask back."""

    kind = Kind.CONFLICT
    code = "own_swap"


class SwapAsked(PeerError):
    """You have asked for this shift already."""

    kind = Kind.CONFLICT
    code = "swap_asked"


class SwapTaken(PeerError):
    """Somebody else took this shift. Thank you for being ready."""

    kind = Kind.CONFLICT
    code = "swap_taken"


class SwapOver(PeerError):
    """This swap has moved on. Look at it again."""

    kind = Kind.CONFLICT
    code = "swap_over"


class SwapStands(PeerError):
    """A swap stands on this shift. Take that back first."""

    kind = Kind.CONFLICT
    code = "swap_stands"
