"""(c) One migration over every agency, over 1, 4 and 8 connections."""

import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.ground import ROLES, Ground
from bench.report import Figure, Section, Table
from libs.tenancy import runner, trees
from libs.tenancy.trees import Tree

REACH_S = 30.0
_CONNECTIONS = (1, 4, 8)

_REVISION = '''"""What a migration usually is: a column more, and an index."""

from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"


def upgrade() -> None:
    op.execute("ALTER TABLE request ADD COLUMN bench_{number} text")
    op.execute("CREATE INDEX request_bench_{number}_idx ON request (bench_{number})")
'''


async def run(ground: Ground) -> Section:
    """Add one revision a run, and bring every schema to it, over few and many connections in turn."""
    sizes = ground.sizes
    await ground.grow(sizes.agencies[-1])
    ground.make_durable(True)
    schemas = len(ground.agencies) + len(ground.regions)
    section = Section("c", "One migration over all")
    repetitions = sizes.pick(2, 1)
    section.sizes = (
        f"{schemas:,} schemas, a column and an index each, {repetitions} rounds, each of another revision; "
        "commits wait for the disk"
    )
    taken: dict[int, list[float]] = {connections: [] for connections in _CONNECTIONS}
    with tempfile.TemporaryDirectory(prefix="owncall-bench-") as place:
        folder = Path(shutil.copytree(trees.AGENCY.folder, Path(place) / "agency"))
        for _ in range(repetitions):
            for connections in _CONNECTIONS:
                began_at = time.perf_counter()
                progress = await runner.upgrade_tenants(
                    ground.url(ROLES.owner), concurrency=connections, tree=_grown(folder)
                )
                taken[connections].append(time.perf_counter() - began_at)
                if progress.moved != schemas:
                    raise RuntimeError(f"moved {progress.moved} of {schemas}: {progress.failed[:3]}")
    one = median(taken[1])
    rows = [
        (str(connections), f"{median(found):.1f}", f"{min(found):.1f} to {max(found):.1f}", _rate(schemas, found),
         f"{one / median(found):.2f}")
        for connections, found in taken.items()
    ]  # fmt: skip
    section.tables.append(Table(("connections", "seconds", "rounds", "schemas a second", "× of one connection"), rows))
    for connections in _CONNECTIONS[1:]:
        worst = max(taken[connections])
        what = f"over {schemas:,} schemas, {connections} connections"
        section.figures.append(Figure(what, f"≤ {REACH_S:.0f} s", f"{worst:.1f} s at worst", worst <= REACH_S))
    return section


def _grown(folder: Path) -> Tree:
    """Add a revision to the copy of the tenants' tree, and return it read anew."""
    before = int(Tree(folder).head)
    (folder / "versions" / f"{before + 1:04}_bench.py").write_text(
        _REVISION.format(number=before + 1, before=before), encoding="utf-8"
    )
    return Tree(folder)


def _rate(schemas: int, found: list[float]) -> str:
    return f"{schemas / median(found):.0f}"
