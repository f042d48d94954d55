"""Every job that there is, one file an area."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from libs.jobs.declare import Declared
from libs.notify.channels import mail
from libs.notify.channels.channel import Channel
from services.worker.courier import Courier
from services.worker.jobs import (
    agreements,
    approvals,
    callouts,
    deployments,
    exchanging,
    followups,
    members,
    provisioning,
    requests,
    shifts,
    webhooks,
)

DECLARED: tuple[Declared, ...] = (
    callouts.advance,
    callouts.freed,
    callouts.send,
    approvals.open_approval,
    approvals.decided,
    approvals.settle_approval,
    exchanging.arrived,
    agreements.remind,
    followups.look,
    requests.forget,
    members.suspended,
    members.readdressed,
    members.send_code,
    provisioning.follow,
    deployments.open_deployment,
    deployments.advance,
    deployments.notify,
    deployments.changed,
    deployments.tell,
    shifts.extend,
    shifts.lapse,
    shifts.remind,
    shifts.notify,
    shifts.await_yes,
    webhooks.deliver,
    webhooks.tell_off,
    *webhooks.TOLD,
)


def with_channels(mail_drop: Path | None, code_key: bytes, courier: Courier | None = None) -> tuple[Declared, ...]:
    """Return every job, with the channels that this process can reach.

    Args:
        mail_drop: folder for letters; None has no mail, and pages by mail are then undeliverable.
        code_key: by which codes that prove a channel are kept.
        courier: carries webhooks; None lets them wait.
    """
    channels: dict[str, Channel] = {} if mail_drop is None else {mail.NAME: mail.MailDrop(mail_drop)}
    by_channel = {
        callouts.send.kind: callouts.send_by,
        approvals.open_approval.kind: approvals.open_by,
        agreements.remind.kind: agreements.remind_by,
        followups.look.kind: followups.look_by,
        shifts.notify.kind: shifts.notify_by,
        shifts.await_yes.kind: shifts.await_yes_by,
        deployments.notify.kind: deployments.notify_by,
        deployments.changed.kind: deployments.changed_by,
        deployments.tell.kind: deployments.tell_by,
    }
    ways = {kind: partial(run, channels) for kind, run in by_channel.items()}
    ways[members.send_code.kind] = partial(members.send_code_by, channels, code_key)
    if courier is not None:
        ways[webhooks.deliver.kind] = partial(webhooks.deliver_by, courier)
    return tuple(replace(job, run=ways[job.kind]) if job.kind in ways else job for job in DECLARED)
