"""What an agency's desk holds, as files: read in the desk's own plane, so that care cannot be among it."""

import csv
import json
from pathlib import Path
from typing import Any

from sqlalchemy import column, select, table

from libs.tenancy import classified, plane_table
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.planes import PlaneKind
from libs.tenancy.transactions import Planes

Content = dict[str, list[dict[str, object]]]
"""Rows by table, a row's values by column."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def desk_of(planes: Planes, agency: AgencyRef, region: RegionRef) -> Content:
    """Read the agency's entry and every table that its desk may read.

    Raises:
        TenantBehindError: its schema waits for a migration.
    """
    entry: dict[str, object] = {
        "name": agency.name,
        "slug": agency.slug,
        "region": region.name,
        "status": agency.status,
        "discipline": agency.discipline,
        "state": agency.state,
        "county": agency.county,
        "city": agency.city,
        "fcc_id": agency.fcc_id,
    }
    content: Content = {"agency": [entry]}
    async with planes.desk(agency) as desk:
        for name, grants in plane_table.TENANT.items():
            if PlaneKind.DESK in grants:
                columns = list(classified.TENANT[name])
                every: Any = select(*map(column, columns)).select_from(table(name)).order_by(column(columns[0]))
                content[name] = [dict(row) for row in (await desk.execute(every))]
    return content


def write_json(file: Path, content: Content) -> None:
    """Write one file, readable by its owner alone.

    Raises:
        OSError: it cannot be written.
    """
    file.touch(mode=0o600)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def write_csv(folder: Path, content: Content) -> None:
    """Write one file a table, each cell as text; what a spreadsheet would take for a formula is quoted.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, rows in content.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            columns = list(rows[0]) if rows else list(classified.TENANT[name])
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)


def cell(value: object) -> str:
    """Return a value as a cell of CSV that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
