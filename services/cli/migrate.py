"""`owncall migrate plan | up | status`: what would run, let it run, how far it came."""

import json
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
from sqlalchemy.exc import DBAPIError

from libs.tenancy import migrate, runner, trees
from libs.tenancy.runner import Progress, Tenant
from libs.tenancy.trees import Tree
from services.cli import locks, progress
from services.cli.session import give_up, out, owner_url, roles, run
from services.cli.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Every schema to its newest version, one transaction each.")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the schemas of one database are.

    Attributes:
        shared: version of schema `shared`; empty where nothing was migrated yet.
        tenants: every agency's and region's schema.
        tree: the tenants' tree.
    """

    shared: str
    tenants: list[Tenant]
    tree: Tree

    @property
    def behind(self) -> list[Tenant]:
        """Tenants older than the code; the application refuses these alone."""
        return [tenant for tenant in self.tenants if self.tree.is_behind(tenant.version)]

    @property
    def counts(self) -> dict[str, int]:
        """How many tenants are at which version."""
        return dict(sorted(Counter(tenant.version for tenant in self.tenants).items()))


@cli.command("plan")
def show_plan() -> None:
    """Show what `up` would run: the SQL, and with squawk at hand its locks and doubts."""
    plan(Settings())


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
    standing = _run(_standing(Settings()))
    if as_json:
        behind = [
            {"schema": tenant.schema, "name": tenant.name, "kind": tenant.table, "version": tenant.version}
            for tenant in standing.behind
        ]
        found = {
            "newest": {"shared": trees.SHARED.head, "tenants": trees.AGENCY.head},
            "shared": standing.shared,
            "tenants": standing.counts,
            "behind": behind,
        }
        out.print_json(json.dumps(found))
        return
    out.print(f"Schema shared: {standing.shared or 'empty'} (newest {trees.SHARED.head})")
    for version, count in standing.counts.items():
        out.print(f"Tenants at {version}: {count:,} (newest {trees.AGENCY.head})")
    for tenant in standing.behind:
        out.print(f"Behind: {tenant.table} {tenant.name} ({tenant.schema}), {tenant.version}")


def plan(settings: Settings, *, tree: Tree = trees.AGENCY) -> None:
    """Show what `up` would run; changes nothing."""
    standing = _run(_standing(settings, tree))
    parts: list[tuple[str, Tree, str]] = []
    if trees.SHARED.is_behind(standing.shared):
        parts.append(("Schema shared", trees.SHARED, standing.shared))
    for version, count in standing.counts.items():
        if tree.is_behind(version):
            parts.append((f"{count:,} tenants' schemas", tree, version))
    if not parts:
        out.print("Nothing to do: every schema is at its newest version.")
    for title, of, since in parts:
        out.rule(f"{title}, {since or 'empty'} to {of.head}", align="left")
        if since and since not in of.revisions:
            out.print(f"This code does not know version {since}; these would be listed as failed.")
        else:
            _show(migrate.render(f"{since}:{of.head}" if since else "head", tree=of))


def up(settings: Settings, *, concurrency: int = 4, canary: int = 0, tree: Tree = trees.AGENCY) -> None:
    """Migrate schema `shared`, then the tenants'; end with exit status 1 when a schema stayed behind."""
    started = time.monotonic()

    async def work() -> Progress:
        await migrate.upgrade_shared(owner_url(settings), roles(settings))
        with progress.shown("schemas", out) as on_step:
            return await runner.upgrade_tenants(
                owner_url(settings), concurrency=concurrency, canary=canary, tree=tree, on_step=on_step
            )

    reached = _run(work())
    seconds = time.monotonic() - started
    out.print(
        f"Tenants' schemas: {reached.moved:,} moved to {tree.head} in {seconds:.1f} s, "
        f"{reached.at_head:,} were there, {len(reached.failed):,} failed, {reached.left:,} not tried."
    )
    if not reached.is_complete:
        give_up("\n".join(_sentences(reached)))


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what the database refuses is told by class and SQLSTATE, never by its message."""
    try:
        return run(work)
    except DBAPIError as error:
        give_up(f"Schema shared could not be moved, and stayed as it was: {runner.cause_of(error.orig or error)}")
    except asyncpg.PostgresError as error:
        give_up(f"The database refused: {runner.cause_of(error)}. No schema is half moved.")
    except (OSError, asyncpg.InterfaceError) as error:
        give_up(f"The database is out of reach ({type(error).__name__}). No schema is half moved; run it again.")


def _sentences(reached: Progress) -> Iterator[str]:
    for failure in reached.failed:
        yield f"{failure.schema} ({failure.name}): {failure.cause}"
    if reached.left:
        yield "A canary failed, so the others were left alone."
    yield "The application refuses these alone until they are moved. Mend the cause and run it again."


async def _standing(settings: Settings, tree: Tree = trees.AGENCY) -> Standing:
    async with migrate.owner_connection(owner_url(settings)) as owner:
        shared = await migrate.shared_version(owner)
        return Standing(shared or "", await runner.all_tenants(owner) if shared else [], tree)


def _show(sql: str) -> None:
    out.print(sql.strip(), markup=False)
    if locks.squawk() is None:
        out.print("(squawk is not installed: `pip install squawk-cli` adds locks and doubts.)", markup=False)
        return
    for taken in locks.locks(sql) or ():
        out.print(f"Lock: {taken}", markup=False)
    for doubt in locks.doubts(sql) or ():
        out.print(f"Doubt: {doubt}", markup=False)
