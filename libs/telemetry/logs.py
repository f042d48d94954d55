"""JSON logs with an allow-list of keys: what is not named here is dropped, whatever it is."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        "route",
        "method",
        "status",
        "seconds",
        "kind",
        "attempt",
        "error",
        "where",
        "count",
        "port",
        "service",
    }
)
"""No name, number, id of a person or request, body, path with values or receipt is ever among them."""


def configure(service: str, level: str = "INFO") -> None:
    """Send every log record to stderr as one line of JSON.

    Args:
        service: `api`, `worker` or `cli`; stands in each line.
        level: from which level on our own records are kept. Other people's begin at WARNING whatever it is.
    """
    least = logging.getLevelNamesMapping()[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _of(service),
    ]
    structlog.configure(
        processors=[*shared, only_allowed, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _name_only],
            use_get_message=False,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(least, logging.WARNING))
    # A record that cannot be formatted would be printed with its arguments; a warning with its line of source.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)


def only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def _of(service: str) -> Processor:
    """Name the service in each line, in whichever thread it is written."""

    def name_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {**event, "service": service}

    return name_service


def _name_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Other people's log messages may carry anything: keep who spoke and how loudly, not what."""
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
        event["where"] = f"{record.module}:{record.lineno}"
        if record.exc_info and record.exc_info[0] is not None:
            event["error"] = record.exc_info[0].__name__
    event["event"] = "foreign_log"
    event.pop("exc_info", None)
    return event
