"""Sending a notice over whatever reaches somebody."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from libs.notify.channels.channel import Channel


async def send(channels: Mapping[str, Channel], proven: Sequence[str], member_id: UUID, key: str, words: str) -> None:
    """Hand a notice to each channel that somebody has proven and this process can reach.

    Args:
        channels: what this process can reach, by name.
        proven: names of the person's own.
        member_id: whose.
        key: the same twice is the same notice.
        words: the whole of it.
    """
    for name in proven:
        if name in channels:
            await channels[name].send(member_id, key, words)
