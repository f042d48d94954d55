"""`owncall agency suspend | resume | rename | move | delete | export`: each says before what becomes of open requests.

The words are the same whether a request is open or not: that there is one is nobody's to know.

Source: docs/decisions/0008-lifecycle-of-agencies.md
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from libs.peer.registry.rules import plain_text
from libs.tenancy import lifecycle, names
from libs.tenancy.engine import open_engine
from libs.tenancy.lifecycle import AgencyRow
from libs.tenancy.transactions import Planes
from services.cli import agency, export, progress
from services.cli.agency import DryRun, Yes
from services.cli.session import err, give_up, insist_on_yes, login_url, out, run, run_with_owner
from services.cli.settings import Settings

Slug = Annotated[str, typer.Argument(help="The agency's name in addresses; `owncall agency list` shows it.")]

GO_ON = "Requests that are open, if there are any, go on to their end with the peers who were asked."
SUSPEND = (
    "{name}: its own page takes no new request from now on. It says so, and points to {region}'s page and line, where "
    "its people can still ask, with their own center left out. Its team members stay on the team. " + GO_ON
)
RESUME = "{name}: its own page takes requests again. " + GO_ON
RENAME = "{name} will be called {new}. Its address stays, so that posters stay true. " + GO_ON
MOVE = (
    "{name} moves from {region} to {new}. For about 11 s its own page points to {region}'s; then it takes requests for "
    "{new}, whose peers are asked. {members} {region}'s team work there and stay on that team. Its admins come along. "
    + GO_ON
    + " They stay with {region}, and codes work on {region}'s page as before."
)
DELETE = (
    "{name} is removed from {region}: its page, its settings, its admins' sign-ins. This cannot be undone; `owncall "
    "agency suspend` can. Export its settings before: `owncall agency export`. Requests are never exported. Those that "
    "are open, if there are any, go on to their end in {region}'s own care, with the peers who were asked; codes work "
    "on {region}'s page. Everything that is over is shredded now."
)
_LEAVING = "{name} is about to be removed. Finish that, or `owncall agency resume {slug}` first."


def add_to(cli: typer.Typer) -> None:
    """Add these commands to `owncall agency`."""
    for name, command in (
        ("suspend", suspend),
        ("resume", resume),
        ("rename", rename),
        ("move", move),
        ("delete", delete),
        ("export", export_agency),
    ):
        cli.command(name)(command)


def suspend(slug: Slug, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Let an agency's own page take no new request; `resume` undoes it."""
    _change_status(slug, "suspended", SUSPEND, dry_run=dry_run, yes=yes)


def resume(slug: Slug, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Let an agency's own page take requests again."""
    _change_status(slug, "active", RESUME, dry_run=dry_run, yes=yes)


def rename(
    slug: Slug, name: Annotated[str, typer.Argument(help="Its new name.")], dry_run: DryRun = False, yes: Yes = False
) -> None:
    """Give an agency another name; its address stays."""
    new = plain_text(name)
    if not new:
        give_up("The new name is empty.")

    async def work(owner: asyncpg.Connection, _settings: Settings) -> None:
        found = await _found(owner, slug)
        if _agreed(RENAME.format(name=found.name, new=new), dry_run=dry_run, yes=yes):
            await lifecycle.rename(owner, found, new)
            out.print("Done.")

    run_with_owner(work)


def move(
    slug: Slug,
    to: Annotated[str, typer.Option(help="Slug of the region where it shall take part.")],
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Let an agency take part in another region. Killed, run it again."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> None:
        found = await _found(owner, slug)
        place = await agency.place_of(owner, to)
        if place.region_id == found.region_id:
            if found.status == "moving":
                await lifecycle.set_status(owner, found, "active")
            give_up(f"{found.name} takes part in {place.region_name} already.")
        if found.status == "leaving":
            give_up(_LEAVING.format(name=found.name, slug=slug))
        count = await lifecycle.members_of(owner, found)
        members = {0: "No members of", 1: "One member of"}.get(count, f"{count:,} members of")
        words = MOVE.format(name=found.name, region=found.region_name, new=place.region_name, members=members)
        if not _agreed(words, dry_run=dry_run, yes=yes):
            return
        was_suspended = found.status == "suspended"
        if not was_suspended:
            await lifecycle.set_status(owner, found, "moving")
        await _until_everybody_knows()
        await lifecycle.move(owner, found, place.region_id, status="suspended" if was_suspended else "active")
        out.print(f"{found.name} takes part in {place.region_name} now.", markup=False)

    _run_as_it_was(work)


def delete(
    slug: Slug,
    confirm: Annotated[str, typer.Option(help="The agency's name, typed as it is written.")] = "",
    dry_run: DryRun = False,
) -> None:
    """Remove an agency, with its name typed. Killed, run it again."""

    async def work(owner: asyncpg.Connection, _settings: Settings) -> None:
        found = await _found(owner, slug)
        out.print(DELETE.format(name=found.name, region=found.region_name), markup=False)
        await _insist_that_it_can_go(owner, found)
        if dry_run:
            out.print("Nothing was changed.")
            return
        typed = confirm or (typer.prompt("Type the agency's name", err=True) if err.is_terminal else "")
        if plain_text(typed) != plain_text(found.name):
            give_up(f'Nothing was changed: the name was not typed. Say --confirm "{found.name}".')
        await lifecycle.set_status(owner, found, "leaving")
        await _until_everybody_knows()
        await _insist_that_it_can_go(owner, found)
        await lifecycle.remove(owner, found)
        out.print(f"{found.name} is removed.", markup=False)

    _run_as_it_was(work)


def export_agency(
    slug: Slug,
    to: Annotated[Path, typer.Option(help="A file for JSON, or a folder for CSV; made where it is missing.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="A folder with one CSV file a table.")] = False,
) -> None:
    """Export what an agency's desk holds: its entry and its settings. Care is never exported."""

    async def work() -> None:
        settings = Settings()
        engine = open_engine(login_url(settings), pool_size=1, application="owncall-cli")
        try:
            planes = Planes(engine, names.of_login(login_url(settings)))
            tenants = await planes.tenants()
            found = tenants.agencies_by_slug.get(slug)
            if found is None:
                give_up(f"There is no agency {slug}. `owncall agency list --region REGION` shows them.")
            content = await export.desk_of(planes, found, tenants.regions[found.region_id])
        finally:
            await engine.dispose()
        try:
            export.write_csv(to, content) if as_csv else export.write_json(to, content)
        except OSError as error:
            give_up(f"{to} cannot be written: {error.strerror or 'it is refused'}.")
        out.print(f"{found.name}: {', '.join(content)} are in {to}.", markup=False)

    run(work())


def _change_status(slug: str, status: str, words: str, *, dry_run: bool, yes: bool) -> None:
    async def work(owner: asyncpg.Connection, _settings: Settings) -> None:
        found = await _found(owner, slug)
        if found.status == status:
            out.print(f"{found.name} is {status} already.", markup=False)
        elif _agreed(words.format(name=found.name, region=found.region_name), dry_run=dry_run, yes=yes):
            await lifecycle.set_status(owner, found, status)
            out.print("Done. Every page knows within seconds.")

    run_with_owner(work)


async def _found(owner: asyncpg.Connection, slug: str) -> AgencyRow:
    found = await lifecycle.find(owner, slug)
    if found is None:
        give_up(f"There is no agency {slug}. `owncall agency list --region REGION` shows them.")
    return found


def _agreed(words: str, *, dry_run: bool, yes: bool) -> bool:
    """Say what will happen, then ask where somebody can answer."""
    out.print(words, markup=False)
    if dry_run:
        out.print("Nothing was changed.")
        return False
    insist_on_yes("Do it?", yes=yes)
    return True


async def _insist_that_it_can_go(owner: asyncpg.Connection, found: AgencyRow) -> None:
    count = await lifecycle.members_of(owner, found)
    if count:
        who = "One team member works" if count == 1 else f"{count:,} team members work"
        give_up(f"{who} at {found.name}. Give them another center in the roster, or take them off it, first.")
    if found.schema_version != found.region_version:
        give_up(f"The tables of {found.name} and of its region differ. Run `owncall migrate up` first.")


async def _until_everybody_knows() -> None:
    """Wait until no page takes a request into the agency's own care any more."""
    seconds = round(lifecycle.EVERYBODY_KNOWS_AFTER_S)
    with progress.shown("seconds, until every page knows", err) as on_step:
        began = time.monotonic()
        while (passed := time.monotonic() - began) < lifecycle.EVERYBODY_KNOWS_AFTER_S:
            on_step(max(1, round(passed)), seconds, 0)
            await asyncio.sleep(0.2)


def _run_as_it_was(work: Callable[[asyncpg.Connection, Settings], Coroutine[Any, Any, None]]) -> None:
    try:
        run_with_owner(work)
    except lifecycle.NotAsItWas:
        give_up("Somebody else has changed this agency at the same moment. Look again: `owncall agency list`.")
