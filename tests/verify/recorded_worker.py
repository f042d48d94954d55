"""`python -m tests.verify.recorded_worker`: the worker, whose provider of mail writes down every letter it is handed.

The folder itself keeps one letter a key; how often a letter was handed over stands in the journal beside it alone.
"""

from pathlib import Path
from uuid import UUID

from libs.notify.channels import mail
from libs.notify.channels.mail import MailDrop
from services.worker.__main__ import main


def journal_of(folder: Path) -> Path:
    """Return the journal of a folder: a key a line, as often as it was handed over."""
    return folder.with_suffix(".journal")


class RecordedDrop(MailDrop):
    """The folder, and its journal."""

    async def send(self, peer_id: UUID, key: str, words: str) -> None:
        """Write it down, then drop it."""
        with journal_of(self.folder).open("a") as journal:  # one short write to the end of a file stays whole
            journal.write(f"{key}\n")
        await super().send(peer_id, key, words)


if __name__ == "__main__":
    mail.MailDrop = RecordedDrop  # type: ignore[misc]  # the provider alone is a fake
    main()
