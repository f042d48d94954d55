"""Metrics, for the operator alone: rates, errors and durations by route template, and how dispatch keeps time.

No label names a region, an agency or a person. In a small cell even these numbers can tell that somebody
asked: the port is off unless set, and on loopback unless told otherwise.

Source: docs/decisions/0007-telemetry.md
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)

_QUICK_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FIRST_PAGE_S = (0.01, 0.02, 0.05, 0.08, 0.15, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0)

_requests = Counter("owncall_requests", "Answers by route template.", ("route", "method", "status"), registry=REGISTRY)
_request_seconds = Histogram(
    "owncall_request_seconds",
    "Seconds until an answer begins, by route template.",
    ("route",),
    buckets=_QUICK_S,
    registry=REGISTRY,
)
_jobs = Counter("owncall_jobs", "Attempts at jobs, by kind and outcome.", ("kind", "outcome"), registry=REGISTRY)
_job_seconds = Histogram(
    "owncall_job_seconds", "Seconds of one attempt, by kind.", ("kind",), buckets=_QUICK_S, registry=REGISTRY
)
_due = Gauge("owncall_jobs_due", "Jobs that are due now.", registry=REGISTRY)
_oldest = Gauge("owncall_jobs_oldest_due_seconds", "How late the oldest due job is.", registry=REGISTRY)
_failed = Gauge("owncall_jobs_failed", "Jobs that were given up and wait for somebody.", registry=REGISTRY)
_late = Gauge("owncall_dispatch_late", "1 while the dead-man alarm is raised.", registry=REGISTRY)
_alarms = Counter("owncall_alarms", "Alarms by what became of them.", ("outcome",), registry=REGISTRY)
_pages = Counter("owncall_pages", "Pages by channel and outcome.", ("channel", "outcome"), registry=REGISTRY)
_first_page_seconds = Histogram(
    "owncall_first_page_seconds",
    "Seconds from asking to the first page handed over, without asks that waited for an approval.",
    buckets=_FIRST_PAGE_S,
    registry=REGISTRY,
)


def serve(port: int, host: str) -> None:
    """Answer `/metrics` from a thread of its own, which goes on when everything else hangs.

    Args:
        port: 0 serves nothing.
        host: address to listen on.

    Raises:
        OSError: the port is taken.
    """
    if port:
        start_http_server(port, host, REGISTRY)


def answered(*, route: str, method: str, status: int, seconds: float | None) -> None:
    """Count an answer.

    Args:
        route: the route's template, never the path.
        method: a known method's name.
        status: 0 when nobody waited for the answer.
        seconds: until it began; None when it never did.
    """
    _requests.labels(route, method, str(status)).inc()
    if seconds is not None:
        _request_seconds.labels(route).observe(seconds)


@contextmanager
def job(kind: str) -> Iterator[None]:
    """Count one attempt of a declared job, and how long it took."""
    started, outcome = time.monotonic(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        _jobs.labels(kind, outcome).inc()
        _job_seconds.labels(kind).observe(time.monotonic() - started)


def page(channel: str, outcome: str) -> None:
    """Count a page: `handed_over`, or `not_needed` when it was called off or handed over before."""
    _pages.labels(channel, outcome).inc()


def first_page(seconds: float) -> None:
    """Note how long somebody waited from asking to the first page."""
    _first_page_seconds.observe(seconds)


def queue(*, due: int, oldest_s: float) -> None:
    """Note how the queue stands."""
    _due.set(due)
    _oldest.set(oldest_s)


def failed_jobs(count: int) -> None:
    """Note how many jobs were given up."""
    _failed.set(count)


def late(is_late: bool) -> None:
    """Note whether the dead-man alarm is raised."""
    _late.set(1 if is_late else 0)


def alarm(outcome: str) -> None:
    """Count an alarm: `sent`, `not_sent`, or `nowhere` when no address is set."""
    _alarms.labels(outcome).inc()
