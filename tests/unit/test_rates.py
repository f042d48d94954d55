"""How much a client asks: counted in Redis and here, told in headers, and Redis being away refuses nobody."""

import asyncio
import re
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.rates import Counted, Rates, Standing, network


class Numbers:
    """A Redis that keeps numbers, answers late, or is away."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self.lives: dict[str, int] = {}
        self.tried = 0
        self.is_away = False
        self.answers_after_s = 0.0
        self._asked: list[int] = []

    def pipeline(self, *, transaction: bool) -> "Numbers":
        assert not transaction
        return self

    async def __aenter__(self) -> "Numbers":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._asked = []

    def incr(self, key: str) -> None:
        self.kept[key] = self.kept.get(key, 0) + 1
        self._asked.append(self.kept[key])

    def expire(self, key: str, seconds: int) -> None:
        self.lives[key] = seconds
        self._asked.append(1)

    async def execute(self) -> list[int]:
        self.tried += 1
        if self.is_away:
            raise RedisError("away")
        await asyncio.sleep(self.answers_after_s)
        return self._asked


class Rig:
    """Processes with one Redis and one clock."""

    def __init__(self, most: int = 3, processes: int = 1) -> None:
        self.now = 6000.0
        self.redis = Numbers()
        shared: Any = cast("Redis", self.redis)
        clocks: Any = {"clock": lambda: self.now, "monotonic": lambda: self.now}
        self.processes = [Rates(shared, dict.fromkeys(Counted, most), **clocks) for _ in range(processes)]

    async def ask(
        self, count: int = 1, of: str = "console", process: int = 0, counted: Counted = Counted.CLIENT
    ) -> Standing:
        """Let a client ask that often; returns where it stands then."""
        for _ in range(count):
            standing = await self.processes[process].count(counted, of)
        return standing


async def test_as_many_as_agreed_go_through_and_the_next_is_one_too_many() -> None:
    rig = Rig()
    assert not (await rig.ask(3)).is_over
    assert (await rig.ask()).is_over
    assert not (await rig.ask(of="another")).is_over


async def test_the_next_minute_begins_anew_and_an_answer_says_when() -> None:
    rig = Rig()
    rig.now += 42.5
    standing = await rig.ask(4)
    assert standing.goes_on_in_s == 18
    rig.now += standing.goes_on_in_s
    assert not (await rig.ask()).is_over
    assert set(rig.redis.lives.values()) == {120}
    assert all(re.fullmatch(r"owncall:rate:client:console:10[01]", key) for key in rig.redis.kept)


async def test_processes_share_one_number() -> None:
    rig = Rig(processes=2)
    await rig.ask(2, process=0)
    await rig.ask(1, process=1)
    assert (await rig.ask(process=0)).is_over


@pytest.mark.parametrize("how", ["gone", "silent"])
async def test_redis_away_refuses_nobody_and_lets_nobody_past_a_processs_own_number(how: str) -> None:
    rig = Rig(processes=2)
    rig.redis.is_away, rig.redis.answers_after_s = how == "gone", 5.0
    assert not (await rig.ask(3, process=0)).is_over
    assert not (await rig.ask(3, process=1)).is_over
    assert (await rig.ask(process=0)).is_over


async def test_redis_away_is_tried_once_a_second_and_counts_again_when_it_is_back() -> None:
    rig = Rig(most=50, processes=2)
    rig.redis.is_away = True
    await rig.ask(20)
    assert rig.redis.tried == 1
    rig.redis.is_away, rig.redis.kept = False, {}
    rig.now += 1
    assert (await rig.ask()).asked == 21  # what this process has seen meanwhile
    assert (await rig.ask(process=1)).asked == 2


async def test_headers_say_what_is_left_and_never_less_than_nothing() -> None:
    rig = Rig()
    assert (await rig.ask()).headers() == {"ratelimit-policy": '"client";q=3;w=60', "ratelimit": '"client";r=2;t=60'}
    over = (await rig.ask(9)).headers()
    assert (over["ratelimit"], over["retry-after"]) == ('"client";r=0;t=60', "60")


async def test_what_is_counted_is_named_and_one_number_is_nothing_to_another() -> None:
    rig = Rig()
    assert (await rig.ask(4, counted=Counted.FAILED)).headers() == {
        "ratelimit-policy": '"failed";q=3;w=60',
        "ratelimit": '"failed";r=0;t=60',
        "retry-after": "60",
    }
    assert not (await rig.ask(3)).is_over
    assert not (await rig.ask(counted=Counted.SIGN_ON)).is_over


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("203.0.113.7", "203.0.113.250", "203.0.114.7"),
        ("203.0.113.7", "::ffff:203.0.113.9", "::ffff:203.0.112.7"),
        ("2001:db8:1::1", "2001:db8:1:ffff::9", "2001:db8:2::1"),
        ("", "", "127.0.0.1"),
    ],
)
def test_a_network_is_told_from_another_and_not_known(one: str, same: str, another: str) -> None:
    key = b"k" * 32
    assert network(one, key) == network(same, key)
    assert network(one, key) != network(another, key)
    assert network(one, key) != network(one, b"another" * 5)
    assert re.fullmatch(r"[0-9a-f]{32}", network(one, key))
