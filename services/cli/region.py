"""`owncall region create | list`: one program each."""

import json
from typing import Annotated

import asyncpg
import phonenumbers
import typer
import whenever
from rich.table import Table

from libs.peer.agencies import rules
from libs.tenancy import onboarding
from libs.tenancy.onboarding import NewRegion
from services.cli.session import give_up, out, roles, run_with_owner
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Regions: one program each.")


@cli.command("create")
def create_region(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, such as kansas-city.")],
    name: Annotated[str, typer.Argument(help="Its name for people.")],
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "America/Chicago",
    line: Annotated[str, typer.Option(help="Number of the peer line, such as 816-555-0123.")] = "",
) -> None:
    """Create a region; one that is there already stays as it is."""
    plain = rules.slug(slug)
    if not plain:
        give_up(f"“{slug}” holds no letter or digit. Use one such as kansas-city.")
    try:
        whenever.ZonedDateTime.now(time_zone)
    except whenever.TimeZoneNotFoundError:
        give_up(f"There is no time zone {time_zone}. Use an IANA name such as America/Chicago.")
    new = NewRegion(plain, name, time_zone, _e164(line))

    async def work(owner: asyncpg.Connection, settings: Settings) -> None:
        await onboarding.create_region(owner, roles(settings), new)

    run_with_owner(work)
    out.print(f"{name} is there: /r/{plain}", markup=False)


@cli.command("list")
def list_regions(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the regions with how many agencies take part in each."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> list[asyncpg.Record]:
        return await owner.fetch(
            """
            SELECT r.slug, r.name, r.time_zone, count(a.id) AS agencies
            FROM shared.region r LEFT JOIN shared.agency a ON a.region_id = r.id GROUP BY r.id ORDER BY r.name
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


def _e164(line: str) -> str | None:
    if not line:
        return None
    try:
        parsed = phonenumbers.parse(line, "US")
    except phonenumbers.NumberParseException:
        give_up(f"“{line}” is no phone number. Use one such as 816-555-0123.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
