"""(b) Onboarding an agency: roles, schema, newest tables and row, in one durable transaction."""

from statistics import median

from bench.ground import Ground
from bench.report import Figure, Section, Table, ms, percentile

REACH_S = 0.050
REACH_FLAT = 1.5
_WINDOW = 100


async def run(ground: Ground) -> Section:
    """Onboard up to the largest size, and look at the agencies that came next at each size."""
    sizes = ground.sizes
    await ground.grow(sizes.agencies[-1])
    window = sizes.pick(_WINDOW, 5)
    section = Section("b", "Onboarding per agency")
    section.sizes = f"{window} agencies at each size, one after another, commits wait for the disk"
    taken = ground.onboarding_s
    medians, rows = [], []
    for size in sizes.agencies:
        start = min(size, len(taken) - window)
        found = taken[start : start + window]
        medians.append(median(found))
        flat = f"{medians[-1] / medians[0]:.2f}"
        cpu = ms(median(ground.onboarding_cpu_s[start : start + window]))
        rows.append((f"{start:,}", ms(medians[-1]), ms(min(found)), ms(percentile(found, 99)), flat, cpu))
    names = ("agencies before", "median ms", "fastest ms", "p99 ms", "÷ smallest", "server's CPU ms")
    section.tables.append(Table(names, rows))
    ratio = max(medians) / min(medians)
    worst = max(medians)
    section.figures += [
        Figure("median at every size", f"≤ {ms(REACH_S)} ms", f"{ms(worst)} ms", worst <= REACH_S),
        Figure("slowest ÷ quickest size", f"≤ {REACH_FLAT}", f"{ratio:.2f}", ratio <= REACH_FLAT),
    ]
    return section
