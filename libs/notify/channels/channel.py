"""What a channel that is somebody else's can do."""

from typing import Protocol
from uuid import UUID


class Channel(Protocol):
    """One way to reach a peer."""

    async def send(self, peer_id: UUID, key: str, words: str) -> None:
        """Send a notice; the same key again is the same notice.

        Raises:
            OSError: it cannot be reached; the job tries again.
        """
