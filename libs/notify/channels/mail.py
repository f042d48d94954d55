"""Mail, in its simplest form: a folder on this machine. Sending for real comes with the providers.

A demonstration shows with it what a peer would get: "open the dashboard" and nothing else. The same key twice is the
same letter.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from libs.notify.messages import ON_DUTY_SUBJECT

NAME = "mail"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it lies in the folder."""

    subject: str
    words: str


@dataclass(frozen=True, slots=True)
class MailDrop:
    """The folder; one below it for each peer."""

    folder: Path

    async def send(self, peer_id: UUID, key: str, words: str) -> None:
        """Drop a letter.

        Args:
            peer_id: to whom.
            key: names the letter; sent again, it replaces itself.
            words: the whole of it.

        Raises:
            OSError: the folder cannot be written.
        """
        await asyncio.to_thread(self._write, peer_id, key, words)

    def letters(self, peer_id: UUID) -> list[Letter]:
        """Return a peer's letters, oldest first."""
        files = sorted((self.folder / str(peer_id)).glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        return [Letter(**json.loads(file.read_text())) for file in files]

    def _write(self, peer_id: UUID, key: str, words: str) -> None:
        box = self.folder / str(peer_id)
        box.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = box / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
        if file.exists():
            return
        whole = file.with_suffix(".part")
        whole.write_text(json.dumps({"subject": ON_DUTY_SUBJECT, "words": words}))
        whole.replace(file)
