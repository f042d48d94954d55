"""How many ask at once: unnoticed below the threshold, work above it, and never a refusal."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.load import LEAST_BITS, LONGEST_WAIT_S, MOST_BITS, Load, bits_of

RECEIPT = "zoom zoom zoom zoom zoom zoom zoom"


class Rig:
    """A load with a clock and a bed of its own."""

    def __init__(self, busy_from: int = 60) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.load = Load(busy_from, clock=lambda: self.now, sleep=self._sleep, dice=random.Random(911))  # noqa: S311 - the same each time

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def ask(self, count: int = 1, proof: str = "") -> None:
        """Let that many ask in the same instant."""
        for _ in range(count):
            asyncio.run(self.load.let_through(RECEIPT, proof))


def proof_of(bits: int) -> str:
    """Do the work."""
    return next(str(number) for number in range(2**24) if bits_of(RECEIPT, str(number)) >= bits)


def test_as_many_as_usual_notice_nothing() -> None:
    rig = Rig()
    for _ in range(600):
        rig.now += 2.0
        rig.ask()
        assert rig.load.bits() == 0
    assert rig.slept == []


def test_work_grows_with_the_load_and_fades_with_it() -> None:
    rig = Rig()
    seen = []
    for _ in range(12):
        rig.ask(100)
        seen.append(rig.load.bits())
    assert seen[0] >= LEAST_BITS
    assert seen == sorted(seen)
    assert max(seen) <= MOST_BITS
    rig.now += 600
    assert rig.load.bits() == 0


def test_whoever_did_the_work_goes_first_and_the_others_wait_seconds_at_most() -> None:
    rig = Rig()
    rig.ask(500)
    assert rig.slept
    assert all(0 < seconds <= LONGEST_WAIT_S for seconds in rig.slept)
    waited = len(rig.slept)
    rig.ask(proof=proof_of(rig.load.bits()))
    assert len(rig.slept) == waited
    rig.ask(proof="not a proof")
    assert len(rig.slept) == waited + 1


def test_work_for_one_receipt_is_good_for_no_other() -> None:
    proof = proof_of(14)
    assert bits_of(RECEIPT, proof) >= 14
    assert bits_of(f"{RECEIPT}s", proof) < 14


@pytest.mark.parametrize("proof", ["", "0" * 40, "é", "\x00"])
def test_anything_may_be_sent_as_a_proof(proof: str) -> None:
    assert 0 <= bits_of(RECEIPT, proof) <= 256


@given(st.integers(1, 1000), st.integers(0, 5000))
def test_the_threshold_is_never_below_what_was_set(busy_from: int, asks: int) -> None:
    rig = Rig(busy_from)
    rig.load._faded = float(asks)
    assert rig.load.bits() in {0, *range(LEAST_BITS, MOST_BITS + 1)}
    if rig.load._a_minute() < busy_from:
        assert rig.load.bits() == 0
