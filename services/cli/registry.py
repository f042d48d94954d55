"""`owncall registry import`: next month's file beside the catalogue, what differs, whom it touches."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.table import Table

from libs.peer.registry import actions, differences, queries, reading
from libs.peer.registry.differences import Change, Difference, Known
from libs.peer.registry.report import ImportReport, report
from libs.peer.registry.rules import Finding, Reading
from services.cli import progress
from services.cli.session import err, insist_on_yes, out, run_with_owner
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="The FCC's registry of PSAPs.")
_SHOWN = 12
_WORDS = {
    Difference.NEW: "New",
    Difference.GONE: "Gone from the file",
    Difference.RENAMED: "Renamed",
    Difference.MOVED: "Moved (city or county)",
    Difference.ORPHANED: "Newly orphaned",
    Difference.BACK_IN_SERVICE: "Back in service",
    Difference.NOW_SECONDARY: "Secondary now",
    Difference.NOW_PRIMARY: "Primary now",
}
_ONBOARDED = """
    SELECT a.fcc_id, a.slug, a.name, r.slug AS region_slug, r.name AS region_name
    FROM shared.agency a JOIN shared.region r ON r.id = a.region_id
    WHERE a.fcc_id::text = ANY($1::text[]) ORDER BY r.name, a.name
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """An onboarded agency that a difference is about."""

    region: str
    region_name: str
    agency: str
    agency_name: str
    change: Change


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an import would bring, before it is applied.

    Attributes:
        is_first: no catalogue was there, so nothing can differ.
    """

    reading: Reading
    changes: tuple[Change, ...]
    touched: tuple[Touched, ...]
    is_first: bool


@cli.command("import")
def import_registry(
    file: Annotated[Path, typer.Argument(help="The FCC's Master PSAP Registry, as XLSX.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what differs; change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Apply what differs without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
) -> None:
    """Read the registry into the catalogue, all or nothing, with a report that adds up to its rows."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> tuple[Outlook, bool]:
        with progress.steps(2, err) as begin:
            begin(f"Reading {file.name}")
            found = await asyncio.to_thread(reading.read, file)
            begin("Comparing it with the catalogue")
            outlook = await look(owner, found)
        if not as_json:
            _show(outlook)
        if dry_run:
            return outlook, False
        if outlook.changes:
            question = f"Apply {len(outlook.changes):,} differences, which touch {len(outlook.touched):,} agencies?"
            insist_on_yes(question, yes=yes)
        await apply(owner, found)
        return outlook, True

    outlook, is_applied = run_with_owner(work)
    if as_json:
        out.print_json(json.dumps(_as_json(outlook, is_applied=is_applied)))
    else:
        out.print("The catalogue is this file now." if is_applied else "Nothing was changed.")


async def import_file(owner: asyncpg.Connection, path: Path) -> ImportReport:
    """Read the FCC's file and replace the catalogue by it, all or nothing.

    Raises:
        NotARegistry: and its kin, each saying what is wrong with the file.
    """
    found = await asyncio.to_thread(reading.read, path)
    await apply(owner, found)
    return report(found)


async def look(owner: asyncpg.Connection, found: Reading) -> Outlook:
    """Say what a reading would bring: what differs, and which onboarded agencies that touches."""
    before = await queries.known(owner)
    changes = differences.compare(before, map(Known.of, found.entries))
    by_id: dict[int, list[Change]] = {}
    for change in changes:
        by_id.setdefault(change.psap_id, []).append(change)
    rows = await owner.fetch(_ONBOARDED, [str(psap_id) for psap_id in by_id])
    touched = [
        Touched(row["region_slug"], row["region_name"], row["slug"], row["name"], change)
        for row in rows
        for change in by_id[row["fcc_id"]]
    ]
    return Outlook(found, changes, tuple(touched), is_first=not before)


async def apply(owner: asyncpg.Connection, found: Reading) -> None:
    """Put a reading in place of the catalogue; differences are told against what is there at that moment."""
    async with owner.transaction():
        await actions.one_at_a_time(owner)
        changes = differences.compare(await queries.known(owner), map(Known.of, found.entries))
        await actions.replace_catalogue(owner, found, changes)


def _as_json(outlook: Outlook, *, is_applied: bool) -> dict[str, Any]:
    return {
        **report(outlook.reading).as_json(),
        "differences": differences.counts(outlook.changes),
        "changes": [asdict(change) for change in outlook.changes],
        "touched": [asdict(touched) for touched in outlook.touched],
        "applied": is_applied,
    }


def _show(outlook: Outlook) -> None:
    counted = report(outlook.reading)
    rows = (
        ("Active primary", counted.active_primary),
        ("Secondary", counted.secondary),
        ("Orphaned", counted.orphaned),
        ("Refused", len(counted.refused)),
        ("Rows read", counted.rows_read),
    )
    out.print(_table(f"Sheet “{outlook.reading.sheet}”", "Standing", rows))
    out.print(
        f"By PSAP id: {counted.active_primary_ids:,} active primaries; {counted.catalogued:,} ids in all, "
        f"{counted.superseded} further rows of an id."
    )
    _findings("Refused", counted.refused)
    _findings("Doubtful", counted.doubtful)
    if outlook.is_first:
        out.print("This is the first import, so nothing can differ.")
        return
    found = differences.counts(outlook.changes)
    out.print(_table("Beside the catalogue that is there", "Difference", ((_WORDS[k], found[k]) for k in Difference)))
    _list_touched(outlook.touched)


def _table(title: str, heading: str, rows: Iterable[tuple[str, int]]) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column(heading)
    table.add_column("Rows", justify="right")
    for name, count in rows:
        table.add_row(name, f"{count:,}")
    return table


def _findings(title: str, findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    out.print(f"{title}: {len(findings)} rows")
    for finding in findings[:_SHOWN]:
        who = f", PSAP id {finding.psap_id}" if finding.psap_id is not None else ""
        out.print(f"  Row {finding.sheet_row}{who}: {finding.reason}", markup=False)
    if len(findings) > _SHOWN:
        out.print(f"  … and {len(findings) - _SHOWN} more: --json names them all.")


def _list_touched(touched: tuple[Touched, ...]) -> None:
    if not touched:
        out.print("No onboarded agency is touched.")
        return
    region = ""
    out.print("Onboarded agencies that this touches:")
    for each in touched:
        if each.region_name != region:
            region = each.region_name
            out.print(f"  {region}", markup=False)
        change = each.change
        turn = f"{change.was} → {change.becomes}" if change.was and change.becomes else change.was or change.becomes
        out.print(f"    {each.agency_name} ({change.psap_id}): {_WORDS[change.kind]}: {turn}", markup=False)
