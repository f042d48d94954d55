"""Every job that there is, one file an area."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from libs.jobs.declare import Declared
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from services.worker.jobs import agreements, approvals, callouts, followups, members, requests, shifts

DECLARED: tuple[Declared, ...] = (
    callouts.advance,
    callouts.send,
    approvals.open_approval,
    approvals.decided,
    approvals.settle_approval,
    agreements.remind,
    followups.look,
    requests.forget,
    members.suspended,
    shifts.extend,
    shifts.lapse,
    shifts.remind,
)


def with_channels(mail_drop: Path | None) -> tuple[Declared, ...]:
    """Return every job, with the channels that this process can reach.

    Args:
        mail_drop: folder for letters; None has no mail, and pages by mail are then undeliverable.
    """
    channels: dict[str, Channel] = {} if mail_drop is None else {mail.NAME: mail.MailDrop(mail_drop)}
    by = {
        callouts.send: callouts.send_by,
        approvals.open_approval: approvals.open_by,
        agreements.remind: agreements.remind_by,
        followups.look: followups.look_by,
    }
    return tuple(replace(job, run=partial(by[job], channels)) if job in by else job for job in DECLARED)
