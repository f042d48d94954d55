"""`docs/data.md`, printed from the classification: `python -m libs.tenancy.data_page` writes it anew."""

import re
from collections.abc import Iterator
from pathlib import Path

from libs.tenancy import classified, plane_table
from libs.tenancy.classification import Column
from libs.tenancy.planes import PlaneKind

PATH = Path(__file__).parents[2] / "docs" / "data.md"
_EVERYBODYS = ("region", "agency")
_INTRO = """# What is stored, and what a subpoena yields

Printed from `libs/tenancy/classification.py` and `plane_table.py`; `python -m libs.tenancy.data_page` writes it anew.
One table for each plane: whoever holds that plane's role in the database reads this and nothing else. Every column of
every table is here. A requester's name, number and words are in none of them.

A court asks the operator, who can read all planes at once. Until the request is deleted: that somebody asked, from
which center when it was named, when, and which team members were asked and answered. After that the same without the
center. Never who asked.

"Kept" says what the code does today. Backups and the database's own log keep what they saw for as long as the operator
keeps them."""
_WORDS = {
    PlaneKind.DOOR: "Signing in, and the way from a receipt to its request",
    PlaneKind.CARE: "One center's requests. Each center, and each region, has a schema of its own",
    PlaneKind.DISPATCH: "Who is asked. One region's rows alone",
    PlaneKind.DESK: "One center's own settings; nothing that tells of a request",
    PlaneKind.PROGRAM: "Roster and approvals of one region; nothing that tells of its own people's requests",
    PlaneKind.QUEUE: "What the worker has to do",
    PlaneKind.FIGURES: "Figures for managers; none are made yet",
    PlaneKind.AUDIT: "That something happened on a day",
    PlaneKind.INTRANET: "What a center's intranet shows without login, of regions that have set from where",
}


def page() -> str:
    """Return docs/data.md as it should be."""
    parts = [_INTRO, *_section("Every plane", "Reference data: which regions and centers are served", _everybodys())]
    for kind in PlaneKind:
        parts += _section(f"Plane `{kind}`", _WORDS[kind], list(_readable(kind)))
    parts += _section("The owner alone", "Migrations", list(_owners()))
    return "\n\n".join(parts) + "\n"


def readers(grants: dict[PlaneKind, tuple[str, ...]], column: str) -> set[PlaneKind]:
    """Return the planes that may read a column of a table with these grants."""
    return {kind for kind, privileges in grants.items() if any(_reads(privilege, column) for privilege in privileges)}


def _reads(privilege: str, column: str) -> bool:
    named = re.fullmatch(r"SELECT \((.*)\)", privilege)
    return privilege == "SELECT" or (named is not None and column in named[1].split(", "))


Rows = list[tuple[str, str, Column]]


def _section(title: str, words: str, rows: Rows) -> list[str]:
    head = [f"## {title}", f"{words}."]
    if not rows:
        return [*head, "Nothing but the reference data above."]
    lines = ["| table | column | what for | kind | kept |", "| --- | --- | --- | --- | --- |"]
    for table, name, column in rows:
        lines.append(f"| `{table}` | `{name}` | {column.purpose} | {column.kind} | {column.retention} |")
    return [*head, "\n".join(lines)]


def _everybodys() -> Rows:
    return [(table, name, column) for table in _EVERYBODYS for name, column in classified.SHARED[table].items()]


def _readable(kind: PlaneKind) -> Iterator[tuple[str, str, Column]]:
    for tables, grants in (
        (classified.SHARED, plane_table.SHARED),
        (classified.TENANT, plane_table.TENANT),
    ):
        for table, columns in tables.items():
            if table not in _EVERYBODYS:
                for name, column in columns.items():
                    if kind in readers(grants.get(table, {}), name):
                        yield table, name, column


def _owners() -> Iterator[tuple[str, str, Column]]:
    for where, tables, grants in (
        ("shared", classified.SHARED, plane_table.SHARED),
        ("each schema", classified.TENANT, plane_table.TENANT),
    ):
        for table, columns in tables.items():
            for name, column in columns.items():
                if not readers(grants.get(table, {}), name):
                    yield f"{where}: {table}", name, column


if __name__ == "__main__":
    PATH.write_text(page())
