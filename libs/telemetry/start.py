"""Everything that watches a process, begun in one call before its work."""

import sys
import threading
from types import TracebackType

import structlog

from libs.telemetry import errors, logs, metrics, traces
from libs.telemetry.settings import TelemetrySettings

log = structlog.get_logger()


def start(service: str, settings: TelemetrySettings) -> None:
    """Configure logs, error reports, traces and metrics as the settings say.

    Args:
        service: `api`, `worker` or `registrar`.
        settings: of the process.

    Raises:
        OSError: the metrics port is taken.
    """
    logs.configure(service, settings.log_level)
    errors.configure(settings.sentry_dsn.get_secret_value(), service=service)
    traces.configure(service, settings.otlp_endpoint)
    sys.excepthook = _crashed
    sys.unraisablehook = lambda odd: _crashed(odd.exc_type, odd.exc_value, odd.exc_traceback)
    threading.excepthook = lambda odd: _crashed(odd.exc_type, odd.exc_value, odd.exc_traceback)
    metrics.serve(settings.metrics_port, settings.metrics_host)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Say what ended a thread or the process by class and place: Python's own words carry messages and values."""
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("crashed", error=kind.__name__, where=errors.place_of(trace))
    if error is not None:
        errors.report(error)
