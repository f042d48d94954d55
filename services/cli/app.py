"""The command line `owncall`: for operators. Plain lines, exit status 1 with one sentence when something is wrong."""

from pathlib import Path
from typing import Annotated

import typer
import whenever

from infra.local.errors import LaunchError
from libs.peer.sso.sealing import Seal
from libs.tenancy import migrate, names
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.cli import (
    agency,
    database,
    demo,
    demo_sign_on,
    doctor,
    doctor_home,
    findings,
    lifecycle,
    links,
    region,
    registry,
    roster,
)
from services.cli import migrate as migrations
from services.cli.heartland import HEARTLAND
from services.cli.session import give_up, login_url, out, owner_url, roles, run
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Dispatch for the dispatchers: the operator's side.")
database_cli = typer.Typer(no_args_is_help=True, help="Roles and revokes of a database.")
demo_cli = typer.Typer(no_args_is_help=True, help="The demonstration that `make run` shows.")
cli.add_typer(database_cli, name="database")
cli.add_typer(migrations.cli, name="migrate")
cli.add_typer(registry.cli, name="registry")
region.cli.command("link")(links.link)
region.cli.command("unlink")(links.unlink)
cli.add_typer(region.cli, name="region")
lifecycle.add_to(agency.cli)
cli.add_typer(agency.cli, name="agency")
cli.add_typer(roster.cli, name="roster")
cli.add_typer(demo_cli, name="demo")


@database_cli.command("create")
def create_database() -> None:
    """Lay roles, groups and revokes, as a superuser."""
    run(database.create(Settings()))
    out.print("Roles, groups and revokes are in place.")


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
    provider: Annotated[Path, typer.Option(help="How a provider knows us, to sign a center's admins in with.")],
) -> None:
    """Lay, migrate, import, onboard, seed, and write fresh links; quick when all is there."""
    settings = Settings()
    if not settings.demo:
        give_up("The demonstration is made with OWNCALL_DEMO=1 only, and on this machine only.")
    run(_prepare(settings, links, demo_sign_on.read(provider)))


async def _prepare(settings: Settings, links: Path, provider: demo_sign_on.Client) -> None:
    await database.create(settings)
    await database.upgrade(settings)
    out.print("Database: roles, revokes and tables are in place.")
    async with migrate.owner_connection(owner_url(settings)) as owner:
        if not await owner.fetchval("SELECT EXISTS (SELECT FROM shared.psap_catalogue)"):
            report = await registry.import_file(owner, demo.REGISTRY_FILE)
            out.print(f"Registry: {report.rows_read:,} rows read, {report.active_primary:,} active primaries.")
        await demo.lay_regions(owner, roles(settings))
        count = await owner.fetchval(
            "SELECT count(*) FROM shared.agency a JOIN shared.region r ON r.id = a.region_id WHERE r.sandbox_of IS NULL"
        )
    out.print(f"Regions: Kansas City (registry), Heartland, and yours, {count} agencies.")
    engine = open_engine(login_url(settings), pool_size=2, application="owncall-cli")
    try:
        planes = Planes(engine, names.of_login(login_url(settings)))
        today = whenever.Instant.now().to_tz(HEARTLAND.time_zone).date().to_stdlib()
        await demo.seed(planes, today)
        await demo.enliven(planes, today)
        await demo_sign_on.lay(planes, Seal.of_login(login_url(settings)), demo.REQUESTERS_CENTER, provider)
        way = demo_sign_on.way(settings.public_url, demo.REQUESTERS_CENTER)
        demo.write(links, {**await demo.links(planes, settings.public_url), "sign_on": way})
    finally:
        await engine.dispose()


def main() -> None:
    """Run the command line."""
    cli()
