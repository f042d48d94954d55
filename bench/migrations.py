"""(c) One migration over every agency, over 1, 4 and 8 connections."""

from bench.ground import Ground
from bench.report import Section


async def run(ground: Ground) -> Section:
    await ground.grow(ground.sizes.agencies[-1])
    return Section("c", "One migration over all")
