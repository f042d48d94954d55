"""What a session sends and what it gives back: statements written once for the driver, and rows by name.

SQLAlchemy writes statements (`text` with named values, `insert`, `update`, `select`) and no longer sends them: of the
0.22 ms that a small statement took through its session, 0.19 were the way to the driver and back.

Source: docs/decisions/0025-sessions-on-the-driver.md
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import asyncpg
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
"""Of one execution, by the names that the statement has for them."""

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has none here
_LAST_WRITTEN = 2_000
"""More than the application has texts: they are constants of their modules, and each is written once a process."""


class Row(asyncpg.Record):
    """One row: a tuple whose columns also go by their names, `row.state`, and that can be spread, `**row`."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Result:
    """All rows of one statement, read already."""

    __slots__ = ("_rows", "_status")

    def __init__(self, rows: list[Row], status: str) -> None:
        self._rows = rows
        self._status = status

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows."""
        return iter(self._rows)

    @property
    def rowcount(self) -> int:
        """How many rows were read or written."""
        return int(self._status.rpartition(" ")[2] or 0)

    def all(self) -> list[Row]:
        """Return the rows."""
        return self._rows

    def first(self) -> Row | None:
        """Return the first row, if there is any."""
        return self._rows[0] if self._rows else None

    def one(self) -> Row:
        """Return the only row.

        Raises:
            NoResultFound: there is none.
            MultipleResultsFound: there are several.
        """
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("a statement that gives one row gave none")
        return row

    def one_or_none(self) -> Row | None:
        """Return the only row, or None.

        Raises:
            MultipleResultsFound: there are several.
        """
        if len(self._rows) > 1:
            raise MultipleResultsFound("a statement that gives one row gave several")
        return self.first()

    def scalars(self) -> list[Any]:
        """Return the first column of each row."""
        return [row[0] for row in self._rows]

    def scalar_one(self) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return the first column of the only row; raises as `one`."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return the first column of the only row, or None; raises as `one_or_none`."""
        row = self.one_or_none()
        return None if row is None else row[0]


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as PostgreSQL takes it.

    Attributes:
        sql: with $1, $2 and so on.
        _names: of the values, in that order.
        _encoders: by name, for values that the driver does not take as they are.
        _own: values that stand in the statement itself.
    """

    sql: str
    _names: Sequence[str]
    _encoders: Mapping[str, Callable[[Any], Any]]
    _own: Values

    def arranged(self, values: Values) -> list[Any]:
        """Return the values in the order of the statement.

        Raises:
            KeyError: one is missing.
        """
        if not self._encoders and not self._own:
            return [values[name] for name in self._names]
        return [self._encoded(name, values[name] if name in values else self._own[name]) for name in self._names]

    def _encoded(self, name: str, value: object) -> object:
        encode = self._encoders.get(name)
        return value if encode is None else encode(value)


def written(statement: Executable, values: Values) -> Written:
    """Return a statement as PostgreSQL takes it; a text is written once."""
    return _of_text(statement) if isinstance(statement, TextClause) else _write(statement, sorted(values))


@lru_cache(_LAST_WRITTEN)
def _of_text(statement: TextClause) -> Written:
    return _write(statement, None)


def _write(statement: Executable, names: list[str] | None) -> Written:
    compiled = cast("SQLCompiler", statement.compile(dialect=_DIALECT, column_keys=names))  # type: ignore[attr-defined]  # every statement that runs can be compiled
    encoders = {
        name: encode
        for name, bind in compiled.binds.items()
        if (encode := bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) is not None
    }
    own = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return Written(str(compiled), tuple(compiled.positiontup or ()), encoders, own)
