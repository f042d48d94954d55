"""What a process knows of tokens is five seconds old at most, and nothing of one that ends here."""

from uuid import uuid4

from libs.peer.clients.queries import Machine
from services.api.known import KEPT_S, KnownTokens


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _machine(lives_s: float = 900.0) -> Machine:
    return Machine("intranet", uuid4(), None, frozenset({"roster:read"}), lives_s)


def test_a_token_is_known_for_five_seconds() -> None:
    clock, machine = Clock(), _machine()
    known = KnownTokens(clock=clock)
    known.keep("token", machine)
    clock.now += KEPT_S - 0.01
    assert (known.find("token"), known.find("another")) == (machine, None)
    clock.now += 0.02
    assert known.find("token") is None


def test_no_longer_than_it_lives() -> None:
    clock = Clock()
    known = KnownTokens(clock=clock)
    known.keep("token", _machine(lives_s=2.0))
    clock.now += 2.01
    assert known.find("token") is None


def test_what_is_looked_up_while_one_ends_is_not_kept() -> None:
    clock = Clock()
    known = KnownTokens(clock=clock)
    known.keep("before", _machine())
    known.forget()
    known.keep("meanwhile", _machine())
    assert (known.find("before"), known.find("meanwhile")) == (None, None)
    clock.now += 10
    known.keep("later", _machine())
    assert known.find("later") is not None


def test_many_tokens_do_not_fill_the_memory() -> None:
    known = KnownTokens(clock=Clock())
    for number in range(5000):
        known.keep(f"token {number}", _machine())
    assert len(known._known) <= 1000
    assert known.find("token 4999") is not None
