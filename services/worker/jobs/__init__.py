"""Every job that there is, one file an area."""

from libs.jobs.declare import Declared
from services.worker.jobs import approvals, callouts, members, requests

DECLARED: tuple[Declared, ...] = (
    callouts.advance,
    callouts.hand_over,
    approvals.open_approval,
    approvals.decided,
    approvals.cancel_approval,
    requests.forget,
    members.suspended,
)
