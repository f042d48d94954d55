"""A state machine that asks, answers, decides and waits at random; the tables of moves are its oracle."""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from libs.peer.callouts.models import Channel, State
from libs.peer.callouts.rules import MOVES, Act
from libs.peer.followups.models import FollowUpKind
from services.cli import heartland
from services.worker.sweeper import sweep
from tests import in_house
from tests.oddities import ODD, PHONE_ALONE, TABLES
from tests.world import Person, Requester, World, peer_id

T = TypeVar("T")

PEERS, COORDINATORS = ("ana", "ben", "cleo"), ("mara", "jon")
CENTERS = ("redbank", "bluestem", "osprey", "hollowell", "")
OUTSIDE = ("outside:kansas-city", "outside:elsewhere")
PEOPLE = heartland.members(date(2026, 1, 1))
SOMEBODY = st.sampled_from((None, None, None, None, *PEERS, *COORDINATORS))
"""Who does something: mostly whoever can (None), else anybody."""
FLOOR = frozenset({"telecommunicator", "firefighter", "paramedic", "deputy", "officer"})
"""Ranks of whoever leads nobody."""
OWN_TEAM = in_house.line("Ada Byron")
"""Somebody of Redbank's own team alone, who never answers. Ana is of Bluestem's, and roves as well."""
ANA_TOO = """
    WITH own AS (
        INSERT INTO shared.team SELECT gen_random_uuid(), region_id, 'in_house', agency_id, '' FROM shared.member
        WHERE id = $1 RETURNING id, region_id
    )
    INSERT INTO shared.membership (member_id, team_id, region_id, designated_on, role)
    SELECT $1, id, region_id, '2024-01-01', 'peer' FROM own
"""


@dataclass
class Asked:
    """A request as the machine knows it; `may` be asked is computed here anew, out of the cast's list."""

    requester: Requester
    callout_id: UUID
    may: frozenset[UUID]
    team: str


class RequestMachine(RuleBasedStateMachine):
    """Everything that people and clocks can do to up to three requests."""

    world: World
    loop: asyncio.AbstractEventLoop
    steps = 0

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Asked] = []
        self.offers: list[tuple[str, str]] = []
        self.after = ExitStack()
        try:
            self.run(self._begin())
        except BaseException:
            self.teardown()
            raise

    def teardown(self) -> None:
        """Let everybody back, and whoever came out: the cast outlives the walk, also one that failed."""
        self.after.close()

    async def _begin(self) -> None:
        """Go back to where every walk begins."""
        await self.world.begin()
        self.ada = await self._own_teams()
        await self.world.copy.superuser.execute(PHONE_ALONE, [peer_id("ana"), peer_id("ben")])
        await self.world.copy.superuser.execute("TRUNCATE public.test_move")

    async def _own_teams(self) -> UUID:
        cast = [row[0] for row in await self.world.rows("SELECT id FROM shared.member")]
        self.after.callback(lambda: self.run(in_house.clear(self.world, cast)))
        back = "UPDATE shared.member SET suspended_on = NULL"
        self.after.callback(lambda: self.run(self.world.copy.superuser.execute(back)))
        await in_house.imports(self.world, OWN_TEAM)
        await self.world.copy.superuser.execute(ANA_TOO, peer_id("ana"))
        return await in_house.on_call(self.world, "Ada Byron")

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Do something in the world's own loop."""
        type(self).steps += 1
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(300)

    # --- the requester

    @precondition(lambda self: len(self.all) < 3)
    @rule(
        target=asked,
        center=st.sampled_from(CENTERS + OUTSIDE),
        wish=st.sampled_from(("another", "own", "no_preference")),
        how=st.tuples(st.sampled_from(("now", "today", "this_week")), st.sampled_from(Channel)),
        without=st.sampled_from(("", "bluestem", "osprey", "meadowlark")),
        name=st.sampled_from(("", "Ben", "lindqvist")),
        leads=st.sampled_from((None, None, None, "shift")),
    )
    def ask(self, center: str, wish: str, how: tuple[str, str], without: str, name: str, leads: str | None) -> Asked:
        """Somebody asks."""
        return self.run(self._ask(center, wish, how, without, name, leads))

    async def _ask(
        self, center: str, wish: str, how: tuple[str, str], without: str, name: str, leads: str | None
    ) -> Asked:
        choices: dict[str, Any] = {"center_wish": wish, "urgency": how[0], "channel": how[1]}
        choices["leave_out_centers"] = [without] if without else []
        choices["leave_out_names"] = [name] if name else []
        requester = await self.world.asks(center=center, leads=leads, **choices)
        known = [one.callout_id for one in self.all]
        new = await self.world.rows("SELECT id FROM shared.callout WHERE NOT id = ANY($1)", known)
        may = frozenset(
            peer_id(person.slug)
            for person in PEOPLE
            if person.agency_slug != without
            and (not name or name.lower() not in person.name.lower().split())
            and (person.agency_slug != center or (wish != "another" and person.rank in FLOOR and leads is None))
            and (leads is None or person.rank not in FLOOR)
        )
        if center == "redbank" and wish != "another" and leads is None:
            may |= {self.ada}
        self.all.append(Asked(requester, new[0][0], may, "command_level" if leads else "roving"))
        return self.all[-1]

    @rule(one=asked, is_stale=st.booleans())
    def confirm(self, one: Asked, is_stale: bool) -> None:
        """They are talking, says the requester: by the page as it is, or by the round before."""
        self.run(self._confirm(one, is_stale))

    async def _confirm(self, one: Asked, is_stale: bool) -> None:
        state, epoch = await self._standing(one)
        released = await self._released(one)
        said = epoch if not is_stale else max((row[1] for row in released), default=None)
        epochs = {row[1] for row in released if not row[2]}
        is_found = await self._is_found(one)
        answer = await one.requester.confirms_contact(said)
        has_it = state in MOVES[Act.CONFIRM][0] and said in {None, epoch}
        may = state is State.IN_CONTACT or has_it or (state in MOVES[Act.TALK][0] and said in epochs)
        assert answer.status_code == (200 if may else 409 if is_found else 404), (state, epoch, said, answer.text)
        if may:
            assert answer.json()["state"] == State.IN_CONTACT
        await self.world.settle()

    @rule(one=asked, is_stale=st.booleans())
    def ask_again(self, one: Asked, is_stale: bool) -> None:
        """Nobody has reached them, says the requester: of the round as it is, or of the one before."""
        self.run(self._ask_again(one, is_stale))

    async def _ask_again(self, one: Asked, is_stale: bool) -> None:
        state, epoch = await self._standing(one)
        is_found = await self._is_found(one)
        said = max(1, epoch - 1) if is_stale else epoch
        may = state in MOVES[Act.REOPEN][0] and said == epoch
        for expected in (200, 409) if may else (409,):
            answer = await one.requester._post("ask-again", epoch=said)
            assert answer.status_code == (expected if is_found else 404), (state, epoch, said, answer.text)
        await self.world.settle()

    @rule(one=asked)
    def close(self, one: Asked) -> None:
        """The requester has the last word."""
        self.run(self._end(one, Act.CLOSE, 200))

    @rule(one=asked)
    def withdraw(self, one: Asked) -> None:
        """The requester stops asking."""
        self.run(self._end(one, Act.WITHDRAW, 204))

    async def _end(self, one: Asked, act: Act, done: int) -> None:
        state, _epoch = await self._standing(one)
        is_found = await self._is_found(one)
        answer = await one.requester._post(act.value)
        expected = done if state in MOVES[act][0] else 409 if is_found else 404
        assert answer.status_code == expected, (act, state, answer.text)
        await self.world.settle()

    @rule(one=asked, act=st.sampled_from(("stop", "choose")), kind=st.sampled_from(FollowUpKind))
    def change_check_ins(self, one: Asked, act: str, kind: FollowUpKind) -> None:
        """The requester stops a check-in, or wishes for one."""
        self.run(self._change_check_ins(one, act, kind))

    async def _change_check_ins(self, one: Asked, act: str, kind: FollowUpKind) -> None:
        known = await self.world.rows(
            "SELECT state FROM shared.follow_up WHERE callout_id = $1 AND kind = $2", one.callout_id, kind
        )
        state, _epoch = await self._standing(one)
        has_talked = state in {State.IN_CONTACT, State.CLOSED}
        may = (known == [("planned",)]) if act == "stop" else has_talked
        expected = 404 if not await self._is_found(one) else 200 if may else 409
        answer = await one.requester._post(f"follow-ups/{act}", kinds=[kind])
        assert answer.status_code == expected, (act, kind, known, state, answer.text)
        await self.world.settle()

    # --- peers

    @rule(slug=st.sampled_from(PEERS + COORDINATORS), act=st.sampled_from(("done", "tried", "pass-on")))
    def check_in(self, slug: str, act: str) -> None:
        """A peer sees to what is planned first; what is not due cannot have been tried."""
        self.run(self._check_in(slug, act))

    async def _check_in(self, slug: str, act: str) -> None:
        client = (await self.world.person(slug)).client
        for one in (await client.get("/v1/follow-ups")).json()["data"][:1]:
            status = (await client.post(f"/v1/follow-ups/{one['id']}/{act}")).status_code
            assert status == (404 if act == "tried" and not one["is_due"] else 204)
        await self.world.settle()

    @rule(slug=SOMEBODY, act=st.sampled_from(("accept", "accept", "decline", "recuse")))
    def answer(self, slug: str | None, act: str) -> None:
        """A peer answers what is open."""
        self.run(self._answer(slug, act))

    async def _answer(self, slug: str | None, act: str) -> None:
        slug = slug or await self._one_of("SELECT peer_id FROM shared.offer WHERE state = 'open'")
        person = await self.world.person(slug)
        for offer in await person.offers():
            self.offers.append((slug, offer["id"]))
            assert await self._act(person, offer["id"], act) in {200, 204}
        await self.world.settle()

    @rule(back=st.integers(0, 5), slug=st.sampled_from(PEERS), act=st.sampled_from(("accept", "decline", "recuse")))
    def answer_an_old_one(self, back: int, slug: str, act: str) -> None:
        """Somebody answers what was put to them long ago, or never to them: nothing may change."""
        if self.offers:
            owner, offer_id = self.offers[-1 - back % len(self.offers)]
            self.run(self._answer_an_old_one(owner, offer_id, slug, act))

    async def _answer_an_old_one(self, owner: str, offer_id: str, slug: str, act: str) -> None:
        before = await self.world.rows("SELECT state FROM shared.offer WHERE id = $1", UUID(offer_id))
        is_away = not await self._is_there(slug)
        status = await self._act(await self.world.person(slug), offer_id, act)
        after = await self.world.rows("SELECT state FROM shared.offer WHERE id = $1", UUID(offer_id))
        is_own_win = slug == owner and before[0][0] == "accepted" and act == "accept"
        if slug != owner or is_away:
            assert (status, after) == (404, before)
        elif act == "accept" and before[0][0] in {"expired", "called_off"}:
            # A late yes counts while nobody has it, and is a reserve's when somebody does.
            may = {"accepted"} if status == 200 else {before[0][0], "reserve"}
            assert status in {200, 409}
            assert after[0][0] in may, (before, status, after)
        elif before[0][0] != "open":
            assert status in ({200} if is_own_win else {404, 409}), (before, act, status)
            assert before == after
        await self.world.settle()

    async def _act(self, person: Person, offer_id: str, act: str) -> int:
        return (await person.client.post(f"/v1/offers/{offer_id}/{act}")).status_code

    @rule(slug=st.sampled_from(PEERS + COORDINATORS), yes=st.booleans())
    def go_on_call(self, slug: str, yes: bool) -> None:
        """A peer goes on call, or off."""

        async def go() -> None:
            await (await self.world.person(slug)).is_on_call(yes)
            await self.world.settle()

        self.run(go())

    # --- those who decide

    @rule(slug=st.sampled_from(COORDINATORS))
    def take(self, slug: str) -> None:
        """A coordinator takes the first that waits; those of others do not exist for them."""
        self.run(self._take(slug))

    async def _take(self, slug: str) -> None:
        person = await self.world.person(slug)
        if not await self._leads(slug):
            assert (await person.client.get("/v1/waiting")).status_code == 403
            return
        mine = [item["callout_id"] for item in (await person.client.get("/v1/waiting")).json()["data"]]
        for one in self.all:
            may_see = peer_id(slug) in one.may
            assert may_see or str(one.callout_id) not in mine
            if str(one.callout_id) not in mine:
                assert (await person.client.post(f"/v1/waiting/{one.callout_id}/take")).status_code == 409
        if mine:
            assert (await person.client.post(f"/v1/waiting/{mine[0]}/take")).status_code == 204
        await self.world.settle()

    @rule(decline=st.booleans(), undoes=st.booleans(), seconds=st.sampled_from((0, 9, 10, 11)))
    def program_decides(self, decline: bool, undoes: bool, seconds: int) -> None:
        """The program manager decides the oldest, and perhaps takes it back some seconds later."""
        self.run(self._program_decides(decline, undoes, seconds))

    async def _program_decides(self, decline: bool, undoes: bool, seconds: int) -> None:
        client = (await self.world.person("manager")).client
        waiting = (await client.get("/v1/approvals")).json()["data"]
        for item in [item for item in waiting if item["choice"] is None][:1]:
            address = f"/v1/approvals/{item['id']}"
            act, body = ("decline", {"reason": "no_agreement"}) if decline else ("approve", None)
            assert (await client.post(f"{address}/{act}", json=body)).status_code == 200
            assert (await client.post(f"{address}/{act}", json=body)).status_code == 409
            await self.world.advance(seconds=seconds)
            if undoes:
                assert (await client.post(f"{address}/undo")).status_code == (204 if seconds < 10 else 409)
        await self.world.settle()

    @rule(slug=st.sampled_from(COORDINATORS), decline=st.booleans())
    def coordinator_decides(self, slug: str, decline: bool) -> None:
        """A coordinator decides what the program manager let wait, or has decided a moment ago."""
        self.run(self._coordinator_decides(slug, decline))

    async def _coordinator_decides(self, slug: str, decline: bool) -> None:
        client = (await self.world.person(slug)).client
        if not await self._leads(slug):
            assert (await client.get("/v1/waiting/decisions")).status_code == 403
            return
        for item in (await client.get("/v1/waiting/decisions")).json()["data"][:1]:
            address = f"/v1/waiting/{item['callout_id']}/{'decline' if decline else 'approve'}"
            body = {"reason": "no_agreement"} if decline else None
            assert (await client.post(address, json=body)).status_code == 204
            assert (await client.post(address, json=body)).status_code == 409
        await self.world.settle()

    async def _leads(self, slug: str) -> bool:
        """Whether the roster says so today: who is suspended leads nobody."""
        rows = await self.world.rows("SELECT suspended_on IS NULL FROM shared.member WHERE id = $1", peer_id(slug))
        return bool(rows[0][0])

    # --- clocks

    @rule(seconds=st.sampled_from((20, 61, 61, 601, 660, 1900, 7300, 90_000)))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.run(self._pass(seconds))

    async def _pass(self, seconds: int) -> None:
        self.world.people.clear()  # a sign-in lives for twelve hours
        await self.world.advance(seconds=seconds)

    @rule()
    def lose_every_job(self) -> None:
        """Somebody deletes the queue; the sweeper finds what was lost."""
        self.run(self._lose_every_job())

    async def _lose_every_job(self) -> None:
        await self.world.copy.superuser.execute("DELETE FROM shared.job")
        for _ in range(2):  # a clock that an attempt has pushed on may run for longer than the first day
            await self._pass(90_000)
            await sweep(self.world.planes)
            await self.world.settle()

    # --- what must always hold

    @invariant()
    def nothing_odd(self) -> None:
        """Every move is in its table, nobody is asked who may not be, and nothing is stuck."""
        self.run(self._nothing_odd())

    async def _nothing_odd(self) -> None:
        for name, statement in ODD.items():
            assert await self.world.rows(statement) == [], name
        for kind, old, new in await self.world.rows("SELECT DISTINCT kind, old, new FROM public.test_move"):
            moves = TABLES[kind].values()
            assert any(old in sources and new == target for sources, target in moves), (kind, old, new)
        for one in self.all:
            asked = await self.world.rows("SELECT peer_id FROM shared.offer WHERE callout_id = $1", one.callout_id)
            assert {row[0] for row in asked} <= one.may, "somebody was asked who was left out"

    async def _standing(self, one: Asked) -> tuple[State, int]:
        rows = await self.world.rows("SELECT state, epoch FROM shared.callout WHERE id = $1", one.callout_id)
        return State(rows[0][0]), rows[0][1]

    async def _one_of(self, statement: str) -> str:
        """Return who of the cast a statement finds, or anybody where it finds none."""
        found = {row[0] for row in await self.world.rows(statement)}
        return next((slug for slug in PEERS + COORDINATORS if peer_id(slug) in found), PEERS[0])

    async def _is_there(self, slug: str) -> bool:
        """Whether somebody is not suspended: whoever is has no offers, not even their own of before."""
        statement = "SELECT id FROM shared.member WHERE id = $1 AND suspended_on IS NULL"
        return bool(await self.world.rows(statement, peer_id(slug)))

    async def _has(self, one: Asked, slug: str) -> bool:
        statement = "SELECT id FROM shared.callout WHERE id = $1 AND accepted_by = $2"
        return bool(await self.world.rows(statement, one.callout_id, peer_id(slug)))

    async def _released(self, one: Asked) -> list[tuple[Any, ...]]:
        statement = """
            SELECT o.peer_id, o.epoch, m.suspended_on IS NOT NULL FROM shared.offer o
            JOIN shared.member m ON m.id = o.peer_id WHERE o.callout_id = $1 AND o.state = 'released'"""
        return await self.world.rows(statement, one.callout_id)

    async def _is_found(self, one: Asked) -> bool:
        statement = "SELECT id FROM shared.callout WHERE id = $1 AND home_id IS NOT NULL"
        return bool(await self.world.rows(statement, one.callout_id))
