"""What an import read and what became of every row."""

from collections import Counter
from dataclasses import dataclass

from libs.peer.registry.rules import Finding, Reading, Standing


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Numbers of an import, which add up in two ways.

    By what a row is, each row once: `rows_read` = `active_primary` + `secondary` + `orphaned` + refused.
    By what became of it, each row once: `rows_read` = `catalogued` + `superseded` + refused.

    `doubtful` is no category beside these: such a row is accepted and counted above, and somebody should
    look at it. `active_primary` counts rows; `active_primary_ids` counts the active primaries of the
    catalogue, where an id stands once. `superseded` counts further rows of an id; each is among the doubtful.
    `blank_rows` are the numbers of rows with nothing in them, which are not among the rows read.
    """

    rows_read: int
    active_primary: int
    active_primary_ids: int
    secondary: int
    orphaned: int
    catalogued: int
    superseded: int
    doubtful: tuple[Finding, ...]
    refused: tuple[Finding, ...]
    blank_rows: tuple[int, ...]

    @property
    def adds_up(self) -> bool:
        """Both sums of the class's description hold."""
        standings = self.active_primary + self.secondary + self.orphaned
        fates = self.catalogued + self.superseded
        return standings + len(self.refused) == fates + len(self.refused) == self.rows_read

    def as_json(self) -> dict[str, object]:
        """Return the report as values for `json.dumps`; findings are objects with the fields of Finding."""
        return {
            "rows_read": self.rows_read,
            "active_primary": self.active_primary,
            "active_primary_ids": self.active_primary_ids,
            "secondary": self.secondary,
            "orphaned": self.orphaned,
            "catalogued": self.catalogued,
            "superseded": self.superseded,
            "doubtful": [finding._asdict() for finding in self.doubtful],
            "refused": [finding._asdict() for finding in self.refused],
            "blank_rows": list(self.blank_rows),
            "adds_up": self.adds_up,
        }


def report(reading: Reading) -> ImportReport:
    """Count what a reading holds; findings by row."""
    accepted = (*reading.entries, *reading.superseded)
    rows = Counter(psap.standing for psap in accepted)
    ids = Counter(psap.standing for psap in reading.entries)
    doubtful = [Finding(psap.sheet_row, psap.psap_id, psap.doubt) for psap in accepted if psap.doubt]
    return ImportReport(
        rows_read=reading.rows_read,
        active_primary=rows[Standing.ACTIVE_PRIMARY],
        active_primary_ids=ids[Standing.ACTIVE_PRIMARY],
        secondary=rows[Standing.SECONDARY],
        orphaned=rows[Standing.ORPHANED],
        catalogued=len(reading.entries),
        superseded=len(reading.superseded),
        doubtful=tuple(sorted(doubtful, key=lambda finding: finding.sheet_row)),
        refused=reading.refused,
        blank_rows=reading.blank_rows,
    )
