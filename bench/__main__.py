"""`python -m bench [a b c … m] [--agencies N] [--quick]`: measure, print, and write bench/results.md."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench import (
    asking,
    dispatch,
    edges,
    hooks,
    matching,
    memory,
    migrations,
    nation,
    onboarding,
    report,
    surge,
    timers,
    transactions,
    waiting,
)
from bench.ground import Ground, Sizes
from bench.report import Section
from infra.local.testing import throwaway_servers

Benchmark = Callable[[Ground], Awaitable[Section]]

BENCHMARKS: dict[str, Benchmark] = {
    "a": transactions.run,
    "b": onboarding.run,
    "d": memory.run,  # before (c), whose revisions add an index each to every schema
    "c": migrations.run,
    "e": dispatch.run,
    "f": asking.run,
    "g": waiting.run,
    "j": matching.run,
    "h": nation.run,
    "i": timers.run,
    "k": surge.run,
    "l": edges.run,
    "m": hooks.run,
}
_STEPS = (10, 1000)
_ALL = 6300
_QUICK = 20


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that were named, or all of them.

    Returns:
        1 when a tenant read what is another's; a figure that is missed is no failure, it is printed.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("letters", nargs="*", metavar="a|b|…|m", help="which; all when none is named")
    parser.add_argument("--agencies", type=int, help=f"the largest number of agencies ({_ALL})")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all runs; writes nothing")
    asked = parser.parse_args(arguments)
    unknown = set(asked.letters) - set(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    largest = asked.agencies or (_QUICK if asked.quick else _ALL)
    smaller = (5,) if asked.quick else _STEPS
    sizes = Sizes((*(step for step in smaller if step < largest), largest), asked.quick)
    with throwaway_servers(Path(tempfile.gettempdir())) as servers:
        sections = asyncio.run(
            _measure(
                Ground(servers, sizes), [letter for letter in BENCHMARKS if letter in (asked.letters or BENCHMARKS)]
            )
        )
    return 1 if any(not section.is_sound for section in sections) else 0


async def _measure(ground: Ground, letters: Sequence[str]) -> list[Section]:
    """Measure in the order of the table: (a) wants to be there while the database is still small."""
    await ground.lay()
    sections = []
    for letter in letters:
        began_at = time.monotonic()
        _say(f"({letter}) …")
        section = await BENCHMARKS[letter](ground)
        sections.append(section)
        _say(f"{section.text()}\n({letter}) took {time.monotonic() - began_at:.0f} s\n")
        if not ground.sizes.is_quick:
            report.write(sections)
    return sections


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
