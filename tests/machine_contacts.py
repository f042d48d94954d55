"""The walk of `machine`, and what becomes of a yes: given back, handed over, tried, gone with whoever leaves."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from libs.peer.attempts import actions as attempts
from libs.peer.attempts.models import AttemptKind
from libs.peer.attempts.rules import COUNTED
from libs.peer.callouts.models import State
from libs.peer.contacts.models import Length
from tests.machine import COORDINATORS, PEERS, SOMEBODY, Asked, RequestMachine
from tests.world import peer_id

_HAS_IT = "SELECT accepted_by FROM shared.callout WHERE state = 'accepted'"


class ContactMachine(RequestMachine):
    """Everything that people and clocks can do to up to three requests, the first of which is there from the start."""

    @initialize(
        target=RequestMachine.asked,
        ours=st.booleans(),
        urgency=st.sampled_from(("now", "today", "this_week")),
        how=st.sampled_from(("asked", "accepted", "given back", "handed over")),
    )
    def begin(self, ours: bool, urgency: str, how: str) -> Asked:
        """Every walk begins with a request, most with a yes, some with one that was given back or handed over.

        Half of them page as OwnCall does, the others one peer after another.
        """
        if ours:
            self.run(self.world.pages_as_owncall_does())
        one = self.run(self._ask("redbank", "another", (urgency, "phone"), "", "", None))
        if how != "asked":
            self.run(self._answer(None, "accept"))
        if how == "given back":
            self.run(self._give_back(None))
        if how == "handed over":
            self.run(self._hand_over(None, "ana" if self.run(self._has(one, "ben")) else "ben"))
            self.run(self._answer(None, "accept"))
        return one

    @rule(slug=SOMEBODY)
    def give_back(self, slug: str | None) -> None:
        """A peer gives back what they said yes to; said twice, it holds once, and what is talked of stays."""
        self.run(self._give_back(slug))

    async def _give_back(self, slug: str | None) -> None:
        slug = slug or await self._one_of(_HAS_IT)
        person = await self.world.person(slug)
        for one in self.all:
            state, _epoch = await self._standing(one)
            expected = 204 if state is State.ACCEPTED and await self._has(one, slug) else 409
            path = f"/v1/contacts/{one.callout_id}/give-back"
            assert (await person.client.post(path)).status_code == expected, state
            assert (await person.client.post(path)).status_code == 409
        await self.world.settle()

    @rule(slug=SOMEBODY, to=st.sampled_from(PEERS + COORDINATORS))
    def hand_over(self, slug: str | None, to: str) -> None:
        """A peer asks a colleague to take over; whether the colleague may be asked is not told."""
        self.run(self._hand_over(slug, to))

    async def _hand_over(self, slug: str | None, to: str) -> None:
        slug = slug or await self._one_of(_HAS_IT)
        person = await self.world.person(slug)
        for one in self.all:
            state, _epoch = await self._standing(one)
            asked_before = "SELECT hand_to FROM shared.callout WHERE id = $1"
            is_asked = (await self.world.rows(asked_before, one.callout_id))[0][0] is not None
            is_listed = await self._is_there(to) and (one.team == "roving" or to in COORDINATORS)
            may = state is State.ACCEPTED and await self._has(one, slug) and not is_asked and is_listed and to != slug
            path = f"/v1/contacts/{one.callout_id}/hand-over"
            answer = await person.client.post(path, json={"to": str(peer_id(to))})
            assert answer.status_code == (204 if may else 409), (state, is_asked, is_listed, answer.text)
            assert not may or await self._has(one, slug), "it is theirs until the yes"
        await self.world.settle()

    @rule(slug=SOMEBODY, word=st.sampled_from(("tried", "talked")))
    def say_a_word(self, slug: str | None, word: str) -> None:
        """A peer says that they tried, or talked: noted, and no clock moves."""
        self.run(self._say_a_word(slug, word))

    async def _say_a_word(self, slug: str | None, word: str) -> None:
        slug = slug or await self._one_of(_HAS_IT)
        person = await self.world.person(slug)
        clock = "SELECT state, epoch, next_at, accepted_by FROM shared.callout WHERE id = $1"
        for one in self.all:
            before = await self.world.rows(clock, one.callout_id)
            may = before[0][0] == State.ACCEPTED and await self._has(one, slug)
            answer = await person.client.post(f"/v1/contacts/{one.callout_id}/attempts", json={"word": word})
            assert answer.status_code == (204 if may else 409), (before, answer.text)
            await self.world.settle()
            assert await self.world.rows(clock, one.callout_id) == before

    @rule(one=RequestMachine.asked, kind=st.sampled_from(sorted(COUNTED)))
    def reach_for(self, one: Asked, kind: AttemptKind) -> None:
        """A channel has delivered a message, or bridged a call: that counts as an attempt."""
        self.run(self._reach_for(one, kind))

    async def _reach_for(self, one: Asked, kind: AttemptKind) -> None:
        region = await self.world.heartland()
        state, _epoch = await self._standing(one)
        rows = await self.world.rows("SELECT accepted_by FROM shared.callout WHERE id = $1", one.callout_id)
        if state is State.ACCEPTED:
            async with self.world.planes.dispatch(region) as dispatch:
                await attempts.note(dispatch, one.callout_id, kind, by=rows[0][0])
        await self.world.settle()

    @rule(slug=st.sampled_from(PEERS + COORDINATORS), length=st.sampled_from(Length))
    def talk_in_the_hallway(self, slug: str, length: Length) -> None:
        """Somebody logs a talk without a request; it makes them tired, and one more of a number."""
        self.run(self._talk_in_the_hallway(slug, length))

    async def _talk_in_the_hallway(self, slug: str, length: Length) -> None:
        counted = "SELECT coalesce(sum(count), 0) FROM shared.contact_cell"
        before = (await self.world.rows(counted))[0][0]
        talk = {"team": "roving", "began": "hallway", "channel": "in_person", "length": length}
        answer = await (await self.world.person(slug)).client.post("/peer/limits/contacts", data=talk)
        assert answer.status_code == 303, answer.text
        is_of_team = "SELECT 1 FROM shared.membership s JOIN shared.team t ON t.id = s.team_id AND t.kind = 'roving'"
        more = await self.world.rows(is_of_team + " WHERE s.member_id = $1", peer_id(slug))
        assert (await self.world.rows(counted))[0][0] == before + len(more)
        await self.world.settle()

    @rule(slug=st.sampled_from(PEERS + COORDINATORS), is_suspended=st.booleans())
    def suspend(self, slug: str, is_suspended: bool) -> None:
        """The program manager suspends somebody, or lets them back; what they had is passed on."""
        self.run(self._suspend(slug, is_suspended))

    async def _suspend(self, slug: str, is_suspended: bool) -> None:
        manager, path = await self.world.person("manager"), f"/program/members/{peer_id(slug)}/suspension"
        answer = await manager.client.post(path, data={"is_suspended": str(is_suspended).lower()})
        assert answer.status_code == 303, answer.text
        await self.world.settle()
