"""Jobs are declared: each names how long it may take and how often it is tried. Each may run twice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes

Run = Callable[[Planes, RegionRef, UUID], Awaitable[None]]
"""Runs a job: in whose region, about which id. Opens its own transactions."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A kind of job.

    Attributes:
        kind: its name in `shared.job`.
        timeout_s: seconds after which one attempt is given up.
        attempts: tries before the row is left as failed.
    """

    kind: str
    timeout_s: float
    attempts: int
    run: Run


def job(kind: str, *, timeout_s: float, attempts: int) -> Callable[[Run], Declared]:
    """Declare a job; `services/worker/jobs` lists what it gets."""

    def declare(run: Run) -> Declared:
        return Declared(kind, timeout_s, attempts, run)

    return declare


def pause_s(attempt: int) -> float:
    """Return how long to wait before the next try: 1, 2, 4 ... seconds, 60 at most."""
    return float(min(2 ** (attempt - 1), 60))
