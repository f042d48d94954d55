"""What can be wrong with a registry file, or with what is asked of the catalogue."""

from collections.abc import Sequence

from libs.peer.errors import Kind, PeerError

SHOWN_PROBLEMS = 20
SOURCE_HINT = "Download the Master PSAP Registry again from fcc.gov and import it as it comes."


class NotARegistry(PeerError):
    """The file is not the FCC's Master PSAP Registry.

    Args:
        wrong: what was found instead, one sentence.
        fix: what to do about it, one sentence.
    """

    kind = Kind.INVALID
    code = "not_a_registry"

    def __init__(self, wrong: str, fix: str = SOURCE_HINT) -> None:
        super().__init__(f"{wrong} {fix}")


class ColumnMissing(NotARegistry):
    """The registry's header lacks a column.

    Args:
        columns: titles of the missing columns, at least one.
        sheet: name of the sheet with the header.
        row: number of the header's row, as Excel counts.
    """

    code = "registry_column_missing"

    def __init__(self, columns: Sequence[str], sheet: str, row: int) -> None:
        named = ", ".join(f"“{column}”" for column in columns)
        super().__init__(
            f"The header in row {row} of sheet “{sheet}” has no column {named}.",
            "Add it with exactly this title, or import the file as the FCC publishes it.",
        )
        self.columns = tuple(columns)


class ColumnTwice(NotARegistry):
    """The registry's header has a column twice.

    Args:
        columns: titles of the repeated columns, at least one.
        sheet: name of the sheet with the header.
        row: number of the header's row, as Excel counts.
    """

    code = "registry_column_twice"

    def __init__(self, columns: Sequence[str], sheet: str, row: int) -> None:
        named = ", ".join(f"“{column}”" for column in columns)
        super().__init__(
            f"The header in row {row} of sheet “{sheet}” has the column {named} more than once.",
            "Delete or rename the copy, so that it is clear which one counts.",
        )
        self.columns = tuple(columns)


class CellsUnusable(NotARegistry):
    """Cells of the registry cannot be read as they are.

    Args:
        problems: a sentence for each cell or range, with row, column and fix; at least one.
    """

    code = "registry_cells_unusable"

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - SHOWN_PROBLEMS
        lines = [*problems[:SHOWN_PROBLEMS], *([f"And {more:,} more of the same kind."] if more > 0 else [])]
        super().__init__("\n".join(lines), "Nothing was imported.")
        self.problems = tuple(problems)


class RegistryEmpty(NotARegistry):
    """The registry has a header and no row that could be used.

    Args:
        sheet: name of the sheet with the header.
        refused: what is wrong with the first of the rows; empty if there are none.
    """

    code = "registry_empty"

    def __init__(self, sheet: str, refused: str = "") -> None:
        wrong = f"No row of sheet “{sheet}” can be used: {refused}" if refused else f"Sheet “{sheet}” has no rows."
        super().__init__(wrong)


class CatalogueEmpty(PeerError):
    """No registry was imported yet."""

    kind = Kind.CONFLICT
    code = "catalogue_empty"

    def __init__(self) -> None:
        super().__init__("Import the FCC's file first: owncall registry import FILE.xlsx")


class UnknownState(PeerError):
    """The state is none of the United States' states and territories, or has no PSAP in the catalogue.

    Args:
        state: as asked for.
    """

    kind = Kind.NOT_FOUND
    code = "state_unknown"

    def __init__(self, state: str) -> None:
        super().__init__(f"The catalogue has no PSAP in “{state}”. Give a state's two letters, such as MO, or name.")


class CountyInSeveralStates(PeerError):
    """Several states have a county of this name.

    Args:
        county: as asked for.
        states: their two letters, at least two.
    """

    kind = Kind.INVALID
    code = "county_in_several_states"

    def __init__(self, county: str, states: Sequence[str]) -> None:
        super().__init__(f"{len(states)} states have a county “{county}”: {', '.join(states)}. Say which state.")
        self.states = tuple(states)


class UnknownCounty(PeerError):
    """The catalogue has no PSAP in this county.

    Args:
        county: as asked for.
        state: two letters.
        close: names of counties of the state that are written alike, best first; may be empty.
    """

    kind = Kind.NOT_FOUND
    code = "county_unknown"

    def __init__(self, county: str, state: str, close: Sequence[str]) -> None:
        hint = f"Did you mean {' or '.join(close)}?" if close else "Check the spelling and the state."
        super().__init__(f"The catalogue has no county “{county}” in {state}. {hint}")
        self.county = county
        self.close = tuple(close)
