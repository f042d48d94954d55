"""`owncall agency onboard | add | template | list`: from the catalogue, or by hand, to agencies that take part."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import typer
from rich.table import Table

from libs.peer.agencies import making, rules, sheet
from libs.peer.agencies.making import Made, Place, Plan
from libs.peer.agencies.rules import Wanted
from libs.peer.registry import places, queries
from libs.peer.registry.rules import Standing
from libs.tenancy import onboarding, trees
from libs.tenancy.names import RoleNames
from libs.tenancy.onboarding import NewRegion
from services.cli import progress, zones
from services.cli.session import err, give_up, insist_on_yes, out, owner_url, roles, run_with_owner
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Agencies: the tenants of a region.")
_SHOWN = 20
_STANDING = {"active": "active", "suspended": "suspended", "moving": "being moved", "leaving": "being removed"}

Region = Annotated[str, typer.Option(help="Slug of the region; `owncall region list` shows them.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which agencies somebody wants: counties of a state, FCC ids, a list, or the nation."""

    state: str | None
    counties: tuple[str, ...]
    psaps: tuple[int, ...]
    listed: sheet.Listed | None
    is_all: bool


@cli.command("onboard")
def onboard_agencies(
    region: Annotated[str | None, typer.Option(help="Slug of the region; `owncall region list` shows them.")] = None,
    state: Annotated[str | None, typer.Option(help="Two letters, or the name.")] = None,
    county: Annotated[list[str] | None, typer.Option(help="May be given several times; none: the whole state.")] = None,
    psap: Annotated[list[int] | None, typer.Option(help="FCC id; may be given several times.")] = None,
    csv: Annotated[Path | None, typer.Option(help="FCC ids and agencies by hand; see `agency template`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every active primary of the nation.")] = False,
    region_per_state: Annotated[
        bool, typer.Option("--region-per-state", help="With --all: a region for each state, made where missing.")
    ] = False,
    connections: Annotated[int, typer.Option(min=1, max=16, help="Agencies at a time.")] = 2,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Onboard active primary PSAPs; those that are there stay as they are. Killed, simply run it again."""
    listed = _read_list(csv)
    selection = Selection(state, tuple(county or ()), tuple(psap or ()), listed, everything)
    _insist_on_one_way(selection, region, is_per_state=region_per_state)

    async def work(owner: asyncpg.Connection, settings: Settings) -> tuple[Plan, Made | None]:
        wanted = await select(owner, selection)
        if region_per_state:
            placed = await _state_regions(owner, roles(settings), wanted, dry_run=dry_run)
        else:
            place = await place_of(owner, region or "")
            placed = [(agency, place) for agency in wanted]
        planned = await making.plan(owner, placed)
        if not as_json:
            _show_plan(planned)
        if dry_run or not planned.new:
            return planned, None
        insist_on_yes(f"Onboard {len(planned.new):,} agencies?", yes=yes or len(planned.new) == 1)
        with progress.shown("agencies", err) as on_step:
            made = await making.carry_out(
                owner_url(settings), roles(settings), planned, connections=connections, on_step=on_step
            )
        return planned, made

    planned, made = run_with_owner(work)
    _tell(planned, made, as_json=as_json)


@cli.command("add")
def add_agency(
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    region: Region,
    discipline: Annotated[str, typer.Option(help="dispatch, fire, ems or law.")],
    state: Annotated[str, typer.Option(help="Two letters, or the name.")],
    county: Annotated[str, typer.Option(help="May be left out.")] = "",
    city: Annotated[str, typer.Option(help="May be left out.")] = "",
) -> None:
    """Onboard an agency that the FCC does not know: fire, EMS, a campus. Said twice, it is made once."""
    wanted, wrong = rules.by_hand(name, discipline, state, county, city)
    if wanted is None:
        give_up("\n".join(f"{field}: {sentence}" for field, sentence in wrong.items()))

    async def work(owner: asyncpg.Connection, settings: Settings) -> Plan:
        planned = await making.plan(owner, [(wanted, await place_of(owner, region))])
        for agency, place in planned.new:
            await making.make(owner, roles(settings), place.region_id, agency)
        return planned

    planned = run_with_owner(work)
    for _agency, where in planned.elsewhere:
        give_up(f"{wanted.name} takes part in {where} already. `owncall agency move {wanted.slug}` moves it.")
    out.print(f"{wanted.name} takes part{'' if planned.new else ' already'}: /a/{wanted.slug}", markup=False)


@cli.command("template")
def print_template() -> None:
    """Print a CSV to fill in for `agency onboard --csv`."""
    typer.echo(sheet.TEMPLATE, nl=False)


@cli.command("list")
def list_agencies(region: Region, as_json: AsJson = False) -> None:
    """List a region's agencies with their standing."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> list[dict[str, Any]]:
        place = await place_of(owner, region)
        rows = await owner.fetch(
            """
            SELECT slug, name, status, discipline, state, county, city, fcc_id, schema_version
            FROM shared.agency WHERE region_id = $1 ORDER BY name, slug
            """,
            place.region_id,
        )
        return [dict(row) for row in rows]

    rows = run_with_owner(work)
    if as_json:
        out.print_json(json.dumps(rows))
        return
    table = Table(box=None)
    for heading in ("Agency", "Slug", "Discipline", "County", "FCC id", "Standing"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        standing = "behind" if trees.AGENCY.is_behind(row["schema_version"]) else _STANDING[row["status"]]
        where = ", ".join(part for part in (row["county"], row["state"]) if part)
        table.add_row(row["name"], row["slug"], row["discipline"], where, str(row["fcc_id"] or "–"), standing)
    out.print(table)


async def place_of(owner: asyncpg.Connection, slug: str) -> Place:
    """Return a region by slug; ends the command when there is none."""
    row = await owner.fetchrow("SELECT id, name FROM shared.region WHERE slug = $1", slug)
    if row is None:
        there = await owner.fetch("SELECT slug FROM shared.region ORDER BY slug LIMIT 20")
        known = ", ".join(each["slug"] for each in there) or "none yet"
        give_up(f"There is no region {slug}. Regions: {known}. `owncall region create` makes one.")
    return Place(row["id"], row["name"])


async def onboard(
    owner: asyncpg.Connection, names: RoleNames, region_slug: str, state: str, counties: Collection[str] | None
) -> None:
    """Make an agency of every active primary of some counties, on one connection: for the demonstration."""
    region_id = UUID(str(await owner.fetchval("SELECT id FROM shared.region WHERE slug = $1", region_slug)))
    for psap in await queries.active_primaries(owner, state, counties):
        await making.make(owner, names, region_id, rules.of_psap(psap))


async def select(owner: asyncpg.Connection, selection: Selection) -> list[Wanted]:
    """Return the agencies that somebody selected; ids that cannot be onboarded end the command, one line each.

    Raises:
        PeerError: the catalogue is empty, or a state or county is unknown, or stands in several states.
    """
    listed = selection.listed
    ids = (*selection.psaps, *(listed.fcc_ids if listed else ()))
    if selection.is_all:
        return [rules.of_psap(psap) for psap in await queries.all_active_primaries(owner)]
    if ids or listed:
        by_hand = [wanted for _line, wanted in listed.by_hand] if listed else []
        return [*(await _by_id(owner, ids, listed.fcc_ids if listed else {}) if ids else []), *by_hand]
    state = selection.state or await queries.state_of_counties(owner, selection.counties)
    return [rules.of_psap(psap) for psap in await queries.active_primaries(owner, state, selection.counties or None)]


async def _by_id(owner: asyncpg.Connection, ids: Collection[int], lines: dict[int, int]) -> list[Wanted]:
    found = {psap.psap_id: psap for psap in await queries.by_id(owner, ids)}
    problems = []
    for fcc_id in ids:
        where = f"Line {lines[fcc_id]}, column “fcc_id”: " if fcc_id in lines else ""
        if fcc_id not in found:
            problems.append(f"{where}The catalogue has no PSAP {fcc_id}. Look for it by name in the FCC's file.")
        elif found[fcc_id].standing is Standing.ORPHANED:
            named = f"{found[fcc_id].name} ({fcc_id})"
            problems.append(
                f"{where}{named} is orphaned: out of service, as the FCC says. If it is not, add it by hand."
            )
    if problems:
        give_up("\n".join([*problems, "Nothing was onboarded."]))
    return [rules.of_psap(psap) for psap in found.values()]


async def _state_regions(
    owner: asyncpg.Connection, names: RoleNames, wanted: list[Wanted], *, dry_run: bool
) -> list[tuple[Wanted, Place]]:
    """Place every agency in its state's region, which is made where it is missing."""
    titles = {code: name.title().replace(" Of ", " of ") for name, code in places.STATES.items()}
    found: dict[str, Place] = {}
    for code in sorted({agency.state for agency in wanted}):
        new = NewRegion(f"state-{code.lower()}", titles[code], zones.OF_STATE[code])
        known = await owner.fetchval("SELECT id FROM shared.region WHERE slug = $1", new.slug)
        region_id = known if known or dry_run else await onboarding.create_region(owner, names, new)
        found[code] = Place(UUID(str(region_id)) if region_id else UUID(int=0), new.name)
    return [(agency, found[agency.state]) for agency in wanted]


def _insist_on_one_way(selection: Selection, region: str | None, *, is_per_state: bool) -> None:
    by_place = bool(selection.state or selection.counties)
    ways = [by_place, bool(selection.psaps), selection.listed is not None, selection.is_all]
    if sum(ways) != 1:
        give_up("Say which agencies: --state (with --county), --psap, --csv, or --all; one of them.")
    if is_per_state and not selection.is_all:
        give_up("--region-per-state goes with --all.")
    if (region is None) != is_per_state:
        give_up("Say where: --region SLUG" + (", or --region-per-state; not both." if selection.is_all else "."))


def _read_list(path: Path | None) -> sheet.Listed | None:
    if path is None:
        return None
    try:
        if path.stat().st_size > sheet.LARGEST_BYTES:
            give_up(f"{path.name} is far larger than a list of agencies can be. Is it the right one?")
        listed = sheet.read(path.read_bytes())
    except OSError as error:
        give_up(f"{path.name} cannot be opened: {error.strerror or 'it cannot be read'}. Check the path.")
    if listed.problems:
        more = len(listed.problems) - _SHOWN
        tail = [f"And {more:,} more."] if more > 0 else []
        give_up("\n".join([*listed.problems[:_SHOWN], *tail, "Nothing was onboarded."]))
    return listed


def _show_plan(planned: Plan) -> None:
    names = [f"{agency.name} ({agency.county or agency.city}, {agency.state})" for agency, _place in planned.new]
    out.print(f"{len(planned.new):,} to onboard, {len(planned.known):,} are there.")
    for name in names[:_SHOWN]:
        out.print(f"  {name}", markup=False)
    if len(names) > _SHOWN:
        out.print(f"  … and {len(names) - _SHOWN:,} more.")
    for agency, where in planned.elsewhere[:_SHOWN]:
        sentence = f"{agency.name} takes part in {where}; it stays there. To move it: owncall agency move"
        out.print(f"  {sentence} {agency.slug} --to REGION", markup=False)
    if len(planned.elsewhere) > _SHOWN:
        out.print(f"  … and {len(planned.elsewhere) - _SHOWN:,} more take part in another region.")


def _tell(planned: Plan, made: Made | None, *, as_json: bool) -> None:
    if as_json:
        found = {
            "new": [{**asdict(agency), "region": place.region_name} for agency, place in planned.new],
            "known": [agency.slug for agency in planned.known],
            "elsewhere": [{"slug": agency.slug, "region": where} for agency, where in planned.elsewhere],
            "made": asdict(made) if made else None,
        }
        out.print_json(json.dumps(found))
    elif made is None:
        out.print("Nothing was changed.")
    else:
        out.print(f"{made.new:,} agencies onboarded, {len(planned.known) + made.known:,} were there before.")
    if made is not None and made.failed:
        lines = [f"{slug}: {cause}" for slug, cause in made.failed[:_SHOWN]]
        give_up("\n".join([*lines, f"{len(made.failed):,} failed; the others are there. Run it again."]))
