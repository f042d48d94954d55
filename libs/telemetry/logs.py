"""JSON logs with an allow-list of keys: what is not named here is dropped, whatever it is."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

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


def configure(service: str) -> None:
    """Send every log record to stderr as one line of JSON.

    Args:
        service: `api`, `worker` or `cli`; stands in each line.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, only_allowed, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _name_only],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                only_allowed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


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
