"""The dead-man alarm: when dispatch is late, operators hear of it by another road than dispatch's own.

Source: docs/decisions/0007-telemetry.md; design, section 5
"""

import http.client

import structlog

from libs.telemetry import metrics
from libs.telemetry.post import post

LATE_S = 10.0
"""The oldest due job may be this late; so long, too, may nobody have been able to look."""
AGAIN_S = 60.0
NOT_SENT_AGAIN_S = 10.0
BODY = b'{"alarm": "dispatch_late"}'
"""All that an alarm says: whoever runs the receiving end learns nothing of anybody."""

log = structlog.get_logger()
_TIMEOUT_S = 5.0


class DeadMan:
    """Judges each look at the queue, and raises the alarm at most once a minute."""

    def __init__(self, url: str, now_s: float) -> None:
        """Begin on time.

        Args:
            url: whom to tell; empty tells the log and the metrics alone.
            now_s: a monotonic clock.
        """
        self._url = url
        self._looked_s = now_s
        self._ring_at_s = now_s
        self._is_late = False

    def judge(self, now_s: float, oldest_s: float | None) -> None:
        """Take note of a look.

        Args:
            now_s: a monotonic clock.
            oldest_s: how late the oldest due job is, 0 when none is due; None when nobody could look.
        """
        if oldest_s is not None:
            self._looked_s = now_s
        late_s = now_s - self._looked_s if oldest_s is None else oldest_s
        was_late, self._is_late = self._is_late, late_s > LATE_S
        metrics.late(self._is_late)
        if self._is_late and now_s >= self._ring_at_s:
            log.error("dispatch_late", seconds=round(late_s))
            self._ring_at_s = now_s + (AGAIN_S if self._ring() else NOT_SENT_AGAIN_S)
        elif was_late and not self._is_late:
            log.warning("dispatch_on_time")

    def _ring(self) -> bool:
        if not self._url:
            metrics.alarm("nowhere")
            return True
        try:
            post(self._url, BODY, timeout_s=_TIMEOUT_S)
        except (OSError, http.client.HTTPException) as error:
            log.error("alarm_not_sent", error=type(error).__name__)
            metrics.alarm("not_sent")
            return False
        metrics.alarm("sent")
        return True
