"""`owncall migrate plan | up | status`: what would run, let it run, how far it came."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from libs.tenancy import migrate, runner, trees
from libs.tenancy.runner import OnStep, Progress, Tenant
from libs.tenancy.trees import Tree
from services.cli import locks
from services.cli.session import give_up, out, owner_url, roles, run
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Every schema to its newest version, one transaction each.")
_LINE_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the schemas of one database are.

    Attributes:
        shared: version of schema `shared`; None where nothing was migrated yet.
        tenants: every agency's and region's schema.
    """

    shared: str | None
    tenants: list[Tenant]

    @property
    def behind(self) -> list[Tenant]:
        """Tenants older than the code; the application refuses these alone."""
        return [tenant for tenant in self.tenants if trees.AGENCY.is_behind(tenant.version)]


@cli.command("plan")
def show_plan() -> None:
    """Show what `up` would run: the SQL, and with squawk at hand its locks and doubts."""
    standing = run(_standing(Settings()))
    parts: list[tuple[str, Tree, str | None]] = []
    if trees.SHARED.is_behind(standing.shared or ""):
        title = f"Schema shared, {standing.shared or 'empty'} to {trees.SHARED.head}"
        parts.append((title, trees.SHARED, standing.shared))
    for version, count in sorted(Counter(tenant.version for tenant in standing.behind).items()):
        parts.append((f"{count} tenants' schemas, {version} to {trees.AGENCY.head}", trees.AGENCY, version))
    if not parts:
        out.print("Nothing to do: every schema is at its newest version.")
    for title, tree, since in parts:
        _show(title, migrate.render(f"{since}:{tree.head}" if since else "head", tree=tree))


@cli.command("up")
def bring_up(
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Schemas at a time.")] = 4,
    canary: Annotated[int, typer.Option(min=0, help="So many first; when one of them fails, leave the others.")] = 0,
) -> None:
    """Bring every schema to its newest version. Killed or failed, simply run it again."""
    up(Settings(), concurrency=concurrency, canary=canary)


@cli.command("status")
def show_status(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show how many schemas are at which version, and which are behind."""
    standing = run(_standing(Settings()))
    counts = dict(sorted(Counter(tenant.version for tenant in standing.tenants).items()))
    if as_json:
        behind = [
            {"schema": tenant.schema, "name": tenant.name, "kind": tenant.table, "version": tenant.version}
            for tenant in standing.behind
        ]
        found = {
            "newest": {"shared": trees.SHARED.head, "tenants": trees.AGENCY.head},
            "shared": standing.shared,
            "tenants": counts,
            "behind": behind,
        }
        out.print_json(json.dumps(found))
        return
    out.print(f"Schema shared: {standing.shared or 'empty'} (newest {trees.SHARED.head})")
    for version, count in counts.items():
        out.print(f"Tenants at {version}: {count:,} (newest {trees.AGENCY.head})")
    for tenant in standing.behind:
        out.print(f"Behind: {tenant.table} {tenant.name} ({tenant.schema}), {tenant.version}")


def up(settings: Settings, *, concurrency: int = 4, canary: int = 0, tree: Tree = trees.AGENCY) -> None:
    """Migrate schema `shared`, then the tenants'; end with exit status 1 when a schema stayed behind."""
    started = time.monotonic()

    async def work() -> Progress:
        await migrate.upgrade_shared(owner_url(settings), roles(settings))
        with _shown() as on_step:
            return await runner.upgrade_tenants(
                owner_url(settings), concurrency=concurrency, canary=canary, tree=tree, on_step=on_step
            )

    try:
        progress = run(work())
    except (OSError, TimeoutError) as error:
        give_up(f"The database is out of reach ({type(error).__name__}). No schema is half moved; run it again.")
    seconds = time.monotonic() - started
    out.print(
        f"Tenants' schemas: {progress.moved:,} moved to {tree.head} in {seconds:.1f} s, "
        f"{progress.at_head:,} were there, {len(progress.failed):,} failed, {progress.left:,} not tried."
    )
    if not progress.is_complete:
        give_up("\n".join(_sentences(progress)))


def _sentences(progress: Progress) -> Iterator[str]:
    for failure in progress.failed:
        yield f"{failure.schema} ({failure.name}): {failure.cause}"
    if progress.left:
        yield "A canary failed, so the others were left alone."
    yield "The application refuses these alone until they are moved. Mend the cause and run it again."


async def _standing(settings: Settings) -> Standing:
    async with migrate.owner_connection(owner_url(settings)) as owner:
        shared = await migrate.shared_version(owner)
        return Standing(shared, await runner.all_tenants(owner) if shared else [])


def _show(title: str, sql: str) -> None:
    out.rule(title, align="left")
    out.print(sql.strip(), markup=False)
    if locks.squawk() is None:
        out.print("(squawk is not installed: `pip install squawk-cli` adds locks and doubts.)", markup=False)
        return
    for taken in locks.locks(sql) or ():
        out.print(f"Lock: {taken}", markup=False)
    for doubt in locks.doubts(sql) or ():
        out.print(f"Doubt: {doubt}", markup=False)


@contextmanager
def _shown() -> Iterator[OnStep]:
    """Show how far it is: a bar on a terminal, a plain line every few seconds elsewhere."""
    if not out.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=out, transient=True) as bar:
        task = bar.add_task("Schemas", total=None)

        def on_step(done: int, of: int, failed: int) -> None:
            bar.update(task, total=of, completed=done, description=f"Schemas, {failed} failed" if failed else "Schemas")

        yield on_step


def _lines() -> Callable[[int, int, int], None]:
    started = said = time.monotonic()

    def on_step(done: int, of: int, failed: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _LINE_EVERY_S:
            said = now
            left_s = (now - started) / done * (of - done)
            out.print(f"{done:,} of {of:,} schemas, {failed:,} failed, about {left_s:.0f} s to go")

    return on_step
