"""The peers' phones: what the mail drop has for each, read as one reads a phone."""

from dataclasses import dataclass
from uuid import UUID

from libs.notify import messages
from libs.notify.channels.mail import Letter, MailDrop


@dataclass
class Phone:
    """One peer's phone; whatever was not expected is unexpected."""

    mail: MailDrop
    peer: UUID
    read: int = 0

    def expect_page(self) -> None:
        """Insist on exactly one new notice, which says nothing but "open the dashboard"."""
        new = self.unread()
        assert [letter.words for letter in new] == [messages.ON_DUTY_NOTICE]
        assert new[0].subject == messages.ON_DUTY_SUBJECT
        self.read += 1

    def expect_page_then_someone_has_it(self) -> None:
        """Insist on a notice that was under way when it was called off, and on the one word that follows it."""
        assert [letter.words for letter in self.unread()] == [messages.ON_DUTY_NOTICE, messages.NO_LONGER_NEEDED]
        self.read += 2

    def expect_nothing(self) -> None:
        """Insist on silence."""
        assert self.unread() == [], f"{len(self.unread())} unexpected messages"

    def unread(self) -> list[Letter]:
        """Return what came since the last look."""
        return self.mail.letters(self.peer)[self.read :]
