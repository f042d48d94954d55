"""`owncall roster list | show | import | export | template | example`: a region's people, in the program's plane."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import whenever
from rich.table import Table

from libs.peer.roster import actions, listing, queries, reading, rules, writing
from libs.peer.roster.cells import Cells
from libs.peer.roster.columns import TITLES, Column
from libs.peer.roster.faults import Fault
from libs.peer.roster.rules import Entry, Plan
from libs.peer.teams import queries as teams
from libs.peer.teams.queries import MemberOfProgram
from libs.tenancy.directory import Tenants
from services.cli.ground import Ground, Region, in_region
from services.cli.session import give_up, out
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="The people of a region: list, import, export.")
_SHOWN = 40

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
To = Annotated[Path | None, typer.Option("--to", "-o", help="Write it there instead of printing it.")]


@cli.command("list")
def list_members(region: Region, as_json: AsJson = False, text: Annotated[str, typer.Option("--search")] = "") -> None:
    """List the members, with what keeps each from offers."""

    async def work(ground: Ground) -> tuple[Tenants, list[MemberOfProgram]]:
        async with ground.planes.program(ground.region) as program:
            found = await teams.of_program(program)
        kept = listing.Filter(text=text)
        return ground.tenants, sorted((one for one in found if kept.keeps(one)), key=listing.order)

    tenants, members = in_region(region, work)
    if as_json:
        out.print_json(json.dumps([_json(member, tenants) for member in members]))
        return
    table = Table(box=None)
    for title in ("Name", "Center", "Teams", "Hours", "Missing"):
        table.add_column(title)
    for member in members:
        table.add_row(
            member.name,
            tenants.agencies[member.agency_id].name,
            ", ".join(part.team for part in member.parts),
            str(member.training_hours),
            ", ".join(member.missing) or "-",
        )
    out.print(table)
    out.print(f"{sum(not member.missing for member in members)} of {len(members)} are current.")


@cli.command("show")
def show_member(
    region: Region,
    who: Annotated[str, typer.Argument(help="Part of a name, e-mail or number.")],
    as_json: AsJson = False,
) -> None:
    """Show the members whom some words fit, one by one, in full."""

    async def work(ground: Ground) -> tuple[Tenants, list[MemberOfProgram]]:
        async with ground.planes.program(ground.region) as program:
            found = await teams.of_program(program)
        return ground.tenants, [one for one in found if listing.Filter(text=who).keeps(one)]

    tenants, members = in_region(region, work)
    if not members:
        give_up("Nobody fits these words. `owncall roster list` shows everybody.")
    if as_json:
        out.print_json(json.dumps([_json(member, tenants) for member in members]))
        return
    agencies = {agency.id: agency.name for agency in tenants.agencies.values()}
    for known, member in zip(queries.known_of(members), members, strict=True):
        table = Table(title=member.name, title_justify="left", box=None, show_header=False)
        for name in ("agency_id", "designations", "rank", "languages", "phone", "duty_phone", "email", "modules"):
            table.add_row(name.removesuffix("_id").replace("_", " "), writing.said(known.person, name, agencies))
        table.add_row("training hours", str(member.training_hours))
        table.add_row("missing", ", ".join(member.missing) or "nothing")
        out.print(table)


@cli.command("template")
def write_template(to: To = None) -> None:
    """Write an empty roster file to fill in."""
    _write(writing.template(), to)


@cli.command("example")
def write_example(region: Region, to: To = None) -> None:
    """Write ten invented peers at agencies of a region, to try the import with."""

    async def work(ground: Ground) -> str:
        places = [place for place in queries.places(ground.tenants, ground.region) if place.is_ours]
        today = whenever.Instant.now().to_tz(ground.region.time_zone).date().to_stdlib()
        try:
            return writing.example(places, today)
        except LookupError:
            give_up("The region has no agency yet. `owncall agency onboard` takes them from the FCC's registry.")

    _write(in_region(region, work), to)


@cli.command("export")
def export(region: Region, to: To = None) -> None:
    """Write the roster as a file that imports to itself."""

    async def work(ground: Ground) -> str:
        async with ground.planes.program(ground.region) as program:
            known = await queries.known(program)
        slugs = {agency.id: agency.slug for agency in ground.tenants.agencies.values()}
        return writing.roster((one.person for one in known), slugs)

    _write(in_region(region, work), to)


@cli.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX; `owncall roster template`.")],
    region: Region,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a roster, all or nothing; the difference is shown first."""
    content = file.read_bytes()

    async def look(ground: Ground) -> tuple[Plan, tuple[Entry, ...]]:
        found = _read(content, ground, as_json=as_json)
        async with ground.planes.program(ground.region) as program:
            return await actions.look(program, found), found

    async def carry_out(ground: Ground) -> Plan:
        async with ground.planes.program(ground.region) as program:
            return await actions.carry_out(program, ground.region.id, found, digest=plan.digest)

    plan, found = in_region(region, look)
    is_asked = not (yes or dry_run or as_json)
    if not as_json:
        _show_plan(plan)
    if is_asked and not sys.stdin.isatty():
        give_up("Nothing was imported. Without a terminal to ask at, say --yes or --dry-run.")
    is_done = not dry_run and (not is_asked or typer.confirm("Import this?"))
    if is_done:
        in_region(region, carry_out)
    if as_json:
        out.print_json(json.dumps({**summary(plan), "imported": is_done}))
    else:
        out.print("Imported." if is_done else "Nothing was imported.")


def summary(plan: Plan) -> dict[str, object]:
    """Return a plan's numbers and names of fields, as values for `json.dumps`."""
    return {
        "new": len(plan.new),
        "changed": [{"line": change.line, "fields": list(change.changed)} for change in plan.changed],
        "unchanged": plan.unchanged,
        "not_in_the_file": len(plan.absent),
        "own_phone_given_to_requesters": len(plan.shares_phone),
        "digest": plan.digest,
    }


def _read(content: bytes, ground: Ground, *, as_json: bool) -> tuple[Entry, ...]:
    sheet = reading.read(content)
    cells = Cells(queries.places(ground.tenants, ground.region), is_demo=Settings().demo)
    found, faults = rules.entries(sheet.rows, cells)
    if faults and as_json:
        out.print_json(json.dumps({"imported": False, "errors": [fault.as_json() for fault in faults]}))
        raise typer.Exit(1)
    if faults:
        _give_up_over(faults)
    return found


def _show_plan(plan: Plan) -> None:
    table = Table(box=None, show_header=False)
    for name, count in (
        ("New", len(plan.new)),
        ("Changed", len(plan.changed)),
        ("Unchanged", plan.unchanged),
        ("In the roster, not in the file: kept", len(plan.absent)),
    ):
        table.add_row(name, f"{count:,}")
    out.print(table)
    for change in plan.changed[:_SHOWN]:
        out.print(f"  line {change.line}: {', '.join(name.removesuffix('_id') for name in change.changed)}")
    if len(plan.changed) > _SHOWN:
        out.print(f"  and {len(plan.changed) - _SHOWN} more")
    if plan.shares_phone:
        out.print(f"{len(plan.shares_phone)} have no duty phone: whoever asks for a peer is given their own number.")


def _give_up_over(faults: Sequence[Fault]) -> NoReturn:
    table = Table(box=None)
    for title in ("Line", "Column", "Found", "What to do"):
        table.add_column(title)
    for fault in faults[:_SHOWN]:
        column = TITLES[Column(fault.column)] if fault.column else ""
        table.add_row(str(fault.line), column, fault.found, fault.fix)
    out.print(table)
    more = f" ({len(faults) - _SHOWN} more: --json)" if len(faults) > _SHOWN else ""
    give_up(f"{len(faults)} problem{'s' if len(faults) > 1 else ''}{more}. Nothing was imported.")


def _json(member: MemberOfProgram, tenants: Tenants) -> dict[str, object]:
    return {
        "id": str(member.id),
        "name": member.name,
        "agency": tenants.agencies[member.agency_id].slug,
        "teams": [part.team for part in member.parts],
        "training_hours": member.training_hours,
        "lapses_on": member.lapses_on.isoformat() if member.lapses_on else None,
        "missing": list(member.missing),
    }


def _write(content: str, to: Path | None) -> None:
    if to is None:
        sys.stdout.write(content.removeprefix("\ufeff"))
        return
    to.write_text(content, newline="")
    out.print(f"Written to {to}.")
