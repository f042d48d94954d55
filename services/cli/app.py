"""The command line `owncall`: for operators. Plain lines, exit status 1 with one sentence when something is wrong."""

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
import whenever
from rich.table import Table

from infra.local.errors import LaunchError
from libs.peer.errors import PeerError
from libs.peer.registry.report import ImportReport
from libs.tenancy import migrate, names, onboarding
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.cli import database, demo, doctor, doctor_home, findings, registry, roster
from services.cli import migrate as migrations
from services.cli.session import give_up, login_url, out, owner_url, roles, run
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Dispatch for the dispatchers: the operator's side.")
database_cli = typer.Typer(no_args_is_help=True, help="Roles and revokes of a database.")
registry_cli = typer.Typer(no_args_is_help=True, help="The FCC's registry of PSAPs.")
region_cli = typer.Typer(no_args_is_help=True, help="Regions: one program each.")
agency_cli = typer.Typer(no_args_is_help=True, help="Agencies: the tenants of a region.")
demo_cli = typer.Typer(no_args_is_help=True, help="The demonstration that `make run` shows.")
cli.add_typer(database_cli, name="database")
cli.add_typer(migrations.cli, name="migrate")
cli.add_typer(registry_cli, name="registry")
cli.add_typer(region_cli, name="region")
cli.add_typer(agency_cli, name="agency")
cli.add_typer(roster.cli, name="roster")
cli.add_typer(demo_cli, name="demo")


@database_cli.command("create")
def create_database() -> None:
    """Lay roles, groups and revokes, as a superuser."""
    run(database.create(Settings()))
    out.print("Roles, groups and revokes are in place.")


@registry_cli.command("import")
def import_registry(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The FCC's Master PSAP Registry, as XLSX.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
) -> None:
    """Read the registry into the catalogue, all or nothing, with a report that adds up to its rows."""

    async def work() -> ImportReport:
        async with migrate.owner_connection(owner_url(Settings())) as owner:
            return await registry.import_file(owner, file)

    try:
        report = run(work())
    except PeerError as error:
        give_up(error.detail or str(error))
    if as_json:
        out.print_json(json.dumps(report.as_json()))
        return
    table = Table(title=f"{report.rows_read:,} rows read", title_justify="left", box=None)
    table.add_column("Standing")
    table.add_column("Rows", justify="right")
    for name, count in (
        ("Active primary", report.active_primary),
        ("Secondary", report.secondary),
        ("Orphaned", report.orphaned),
        ("Refused", len(report.refused)),
    ):
        table.add_row(name, f"{count:,}")
    out.print(table)
    out.print(
        f"{report.active_primary_ids:,} active primaries by id; {len(report.doubtful)} rows are doubtful (--json)."
    )


@region_cli.command("create")
def create_region(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as kansas-city.")],
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "America/Chicago",
) -> None:
    """Create a region; one that is there already stays as it is."""
    try:
        whenever.ZonedDateTime.now(time_zone)
    except whenever.TimeZoneNotFoundError:
        give_up(f"There is no time zone {time_zone}. Use an IANA name such as America/Chicago.")

    async def work() -> None:
        settings = Settings()
        async with migrate.owner_connection(owner_url(settings)) as owner:
            new = onboarding.NewRegion(registry.slug(slug), name, time_zone)
            await onboarding.create_region(owner, roles(settings), new)

    run(work())
    out.print(f"{name} is there.")


@agency_cli.command("onboard")
def onboard_agencies(
    region: Annotated[str, typer.Option(help="Slug of the region.")],
    state: Annotated[str, typer.Option(help="Two letters, or the name.")],
    county: Annotated[list[str] | None, typer.Option(help="May be given several times; none means the state.")] = None,
) -> None:
    """Onboard every active primary PSAP of some counties; those that are there stay as they are."""

    async def work() -> registry.Onboarded:
        settings = Settings()
        async with migrate.owner_connection(owner_url(settings)) as owner:
            return await registry.onboard(owner, roles(settings), region, state, county)

    try:
        done = run(work())
    except PeerError as error:
        give_up(error.detail or str(error))
    except LookupError:
        give_up(f"There is no region {region}. `owncall region create` makes one.")
    out.print(f"{done.new} agencies onboarded, {done.known} were there before.")


@cli.command("doctor")
def see_doctor(as_json: Annotated[bool, typer.Option("--json", help="Every finding as JSON.")] = False) -> None:
    """Look at everything and say what to do. Exit 0: all well, 1: something is wrong, 2: it could not look.

    With no database named in the environment it looks at what `make run` runs on this machine.
    """
    settings = Settings()
    try:
        local = doctor_home.find(settings)
        found = run(doctor.examine(doctor_home.settings_of(local, settings), local))
    except LaunchError as error:
        found = doctor_home.unusable(error)
    findings.show(found, out, as_json=as_json)
    raise typer.Exit(findings.exit_status(found))


@demo_cli.command("prepare")
def prepare_demo(
    links: Annotated[Path, typer.Option(help="Where the sign-in links are written, readable by its owner alone.")],
) -> None:
    """Lay, migrate, import, onboard, seed, and write fresh links; quick when all is there."""
    settings = Settings()
    if not settings.demo:
        give_up("The demonstration is made with OWNCALL_DEMO=1 only, and on this machine only.")
    run(_prepare(settings, links))


async def _prepare(settings: Settings, links: Path) -> None:
    await database.create(settings)
    await database.upgrade(settings)
    out.print("Database: roles, revokes and tables are in place.")
    async with migrate.owner_connection(owner_url(settings)) as owner:
        if not await owner.fetchval("SELECT EXISTS (SELECT FROM shared.psap_catalogue)"):
            report = await registry.import_file(owner, demo.REGISTRY_FILE)
            out.print(f"Registry: {report.rows_read:,} rows read, {report.active_primary:,} active primaries.")
        await demo.lay_regions(owner, roles(settings))
        count = await owner.fetchval("SELECT count(*) FROM shared.agency")
    out.print(f"Regions: Kansas City (registry) and Heartland, {count} agencies.")
    engine = open_engine(login_url(settings), pool_size=2, application="owncall-cli")
    try:
        planes = Planes(engine, names.of_login(login_url(settings)))
        await demo.seed(planes, whenever.Instant.now().to_stdlib().astimezone(UTC).date())
        demo.write(links, await demo.links(planes, settings.public_url))
    finally:
        await engine.dispose()


def main() -> None:
    """Run the command line."""
    cli()
