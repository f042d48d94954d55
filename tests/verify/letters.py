"""What a drill's letters must have been: handed over, taken back where they were under way, and hardly ever twice."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.verify.recorded_worker import journal_of

MOST_REPEATED = 0.005
"""Of all letters; a worker that dies between the letter and the note of it has it sent again, under the same key."""
FEWEST = 1000
"""Of which a share can be told; a few dozen say nothing."""
UNSETTLED = """
    SELECT (SELECT count(*) FROM shared.page WHERE state = 'waiting')
        + (SELECT count(*) FROM shared.job WHERE kind = 'pages.send' AND state <> 'failed')
"""
_MAILED = "FROM shared.page p JOIN shared.offer o ON o.id = p.offer_id WHERE p.channel = 'mail'"
UNDELIVERABLE = f"SELECT count(*) {_MAILED} AND p.state = 'undeliverable'"
HANDED_OVER = f"SELECT p.idempotency_key {_MAILED} AND p.state = 'handed_over'"
# The newest page of an offer: an older one's offer went on, and so its letter still holds.
CALLED_OFF = f"""
    SELECT DISTINCT ON (o.id) p.idempotency_key {_MAILED} AND p.state = 'called_off'
        AND o.state IN ('called_off', 'expired')
        AND NOT EXISTS (SELECT FROM shared.page q WHERE q.offer_id = o.id AND q.channel = 'mail'
            AND q.created_at > p.created_at)
    ORDER BY o.id
"""


@dataclass(frozen=True, slots=True)
class Letters:
    """How often each letter was handed to the provider, by its key."""

    sent: Counter[str]

    @classmethod
    def of(cls, folder: Path) -> "Letters":
        """Read a journal."""
        journal = journal_of(folder)
        return cls(Counter(journal.read_text().split() if journal.exists() else ()))

    @property
    def repeated(self) -> float:
        """The share of letters that were handed over again."""
        return (self.sent.total() - len(self.sent)) / max(len(self.sent), 1)

    @property
    def taken_back(self) -> int:
        """How many were followed by "someone has it"."""
        return sum(key.endswith(":off") for key in self.sent)

    def never_sent(self, keys: list[str]) -> list[str]:
        """Of pages that were handed over, those whose letter nobody sent."""
        return [key for key in keys if key not in self.sent]

    def never_taken_back(self, keys: list[str]) -> list[str]:
        """Of pages that were called off, those whose letter went all the same and was not followed by a word."""
        return [key for key in keys if key in self.sent and f"{key}:off" not in self.sent]
