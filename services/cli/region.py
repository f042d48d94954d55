"""`owncall region create | list`: one program each."""

import json
from datetime import UTC
from typing import Annotated
from uuid import UUID

import asyncpg
import phonenumbers
import typer
import whenever
from rich.table import Table

from libs.peer.agencies import rules
from libs.tenancy import names, onboarding
from libs.tenancy.engine import open_engine
from libs.tenancy.onboarding import NewRegion
from libs.tenancy.transactions import Planes
from services.cli import sandbox
from services.cli.session import give_up, login_url, out, roles, run_with_owner
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Regions: one program each.")


@cli.command("create")
def create_region(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as kansas-city.")],
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "America/Chicago",
    line: Annotated[str, typer.Option(help="Number of the peer line, such as 816-555-0123.")] = "",
) -> None:
    """Create a region and its sandbox; what is there already stays as it is."""
    plain = rules.slug(slug)
    if not plain:
        give_up(f"“{slug}” holds no letter or digit. Use one such as kansas-city.")
    try:
        whenever.ZonedDateTime.now(time_zone)
    except whenever.TimeZoneNotFoundError:
        give_up(f"There is no time zone {time_zone}. Use an IANA name such as America/Chicago.")
    new = NewRegion(plain, name, time_zone, _e164(line))

    async def work(owner: asyncpg.Connection, settings: Settings) -> None:
        region_id = await onboarding.create_region(owner, roles(settings), new)
        await sandbox.make(owner, roles(settings), region_id, new)
        await _fill_sandbox(settings, region_id)

    run_with_owner(work)
    out.print(f"{name} is there: /r/{plain}", markup=False)


@cli.command("list")
def list_regions(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the regions with how many agencies take part in each."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> list[asyncpg.Record]:
        return await owner.fetch(
            """
            SELECT r.slug, r.name, r.time_zone, count(a.id) AS agencies
            FROM shared.region r LEFT JOIN shared.agency a ON a.region_id = r.id
            WHERE r.sandbox_of IS NULL GROUP BY r.id ORDER BY r.name
            """
        )

    rows = run_with_owner(work)
    if as_json:
        out.print_json(json.dumps([dict(row) for row in rows]))
        return
    table = Table(box=None)
    for heading in ("Slug", "Name", "Time zone", "Agencies"):
        table.add_column(heading, justify="right" if heading == "Agencies" else "left", overflow="fold")
    for row in rows:
        table.add_row(row["slug"], row["name"], row["time_zone"], f"{row['agencies']:,}")
    out.print(table)


async def _fill_sandbox(settings: Settings, region_id: UUID) -> None:
    """Invent who is in it, as the application's own login does everything."""
    url = login_url(settings)
    engine = open_engine(url, pool_size=1, application="owncall-cli")
    try:
        planes = Planes(engine, names.of_login(url))
        tenants = await planes.tenants()
        made = tenants.sandbox_of(tenants.regions[region_id])
        if made is not None:
            await sandbox.fill(planes, made, whenever.Instant.now().to_stdlib().astimezone(UTC).date())
    finally:
        await engine.dispose()


def _e164(line: str) -> str | None:
    if not line:
        return None
    try:
        parsed = phonenumbers.parse(line, "US")
    except phonenumbers.NumberParseException:
        give_up(f"“{line}” is no phone number. Use one such as 816-555-0123.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
