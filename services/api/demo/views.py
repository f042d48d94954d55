"""What the demonstration's pages show."""

from dataclasses import dataclass

from libs.notify.channels.mail import Letter


@dataclass(frozen=True, slots=True)
class MailPage:
    """A peer's own letters, newest first."""

    letters: tuple[Letter, ...]
