"""The two trees of migrations, as folders: what is newest, and what is behind it.

Revisions are numbered `0001_what_it_is.py`, one after another, so the newest can be told without loading them:
the application compares on every request and never imports Alembic.

Source: docs/decisions/0004-migrations.md
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_HERE = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Tree:
    """One tree of revisions.

    Attributes:
        folder: holds `env.py` and `versions/`.
    """

    folder: Path

    @cached_property
    def revisions(self) -> tuple[str, ...]:
        """Every revision, oldest first.

        Raises:
            LookupError: there is none; then this is no tree.
        """
        numbers = sorted(path.name[:4] for path in (self.folder / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))
        if not numbers:
            raise LookupError(f"no revision in {self.folder}")
        return tuple(numbers)

    @property
    def head(self) -> str:
        """The newest revision, which the running code expects."""
        return self.revisions[-1]

    def is_behind(self, version: str) -> bool:
        """Say whether a schema at `version` is older than the code.

        A newer one is not: migrations run before the code that needs them, and the code of the day before must
        go on working (and be there to return to).
        """
        return version < self.head


SHARED = Tree(_HERE / "shared")
AGENCY = Tree(_HERE / "agency")
