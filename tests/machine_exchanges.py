"""The walk of `machine`, in which another region may help: asked, its answer, the press of whoever asked."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import MultipleResults, initialize, multiple, rule

from libs.peer.callouts.models import State
from tests import exchanging
from tests.machine import Asked, RequestMachine
from tests.machine_contacts import ContactMachine
from tests.world import Requester

OFFERED = """
    SELECT x.id FROM shared.exchange x JOIN shared.callout c ON c.exchange_id = x.id AND c.region_id = x.region_id
    WHERE c.id = $1 AND x.state = 'offered'
"""


class ExchangeMachine(ContactMachine):
    """Everything that people and clocks of two regions can do to a few requests."""

    async def _begin(self) -> None:
        """Have a second region, whose people are taken out again."""
        await super()._begin()
        self.after.callback(lambda: self.run(exchanging.closed(self.world)))
        self.there = (await exchanging.opened(self.world)).region
        await self._agree()

    async def _agree(self) -> None:
        """Hand on to the other region, whose people's own requests wait for a decision as before, but for leaders'."""
        manager = await self.world.person("manager")
        await exchanging.agree(self.world, manager, self.there.slug, takes_ours=True, teams=["command_level"])
        # Walks are longer than agreements may be.
        await self.world.copy.superuser.execute("UPDATE shared.agreement SET ends_on = '2099-01-01'")

    @initialize(
        target=RequestMachine.asked,
        urgency=st.sampled_from(("now", "today", "this_week")),
        how=st.sampled_from(("waits", "handed on", "offered", "gone", "killed", "stopped")),
    )
    def begin_outside(self, urgency: str, how: str) -> MultipleResults[Asked]:
        """Every walk has a request from outside, most have one that the other region was asked to help with."""
        one = self.run(self._ask("outside:elsewhere", "another", (urgency, "in_person"), "", "", None))
        if how != "waits":
            self.run(self._hand_on())
        if how in {"waits", "handed on"}:
            return multiple(one)
        self.run(self._there_decides(decline=False))
        return multiple(one) if how == "offered" else multiple(one, self.run(self._go_there(one, how)))

    @rule()
    def hand_on(self) -> None:
        """The manager hands on the oldest; never back to where they come from."""
        self.run(self._hand_on())

    async def _hand_on(self) -> None:
        client = (await self.world.person("manager")).client
        waiting = [item for item in (await client.get("/v1/approvals")).json()["data"] if item["choice"] is None]
        for item in waiting[:1]:
            address = f"/v1/approvals/{item['id']}/hand-on"
            expected = 409 if item["coming_from"] == self.there.name else 200
            for status in (expected, 409):
                assert (await client.post(address, json={"region": self.there.slug})).status_code == status
            await self.world.advance(seconds=10)

    @rule(decline=st.booleans())
    def there_decides(self, decline: bool) -> None:
        """The manager of the other region decides the oldest."""
        self.run(self._there_decides(decline))

    async def _there_decides(self, decline: bool) -> None:
        client = (await exchanging.signed_in(self.world)).client
        waiting = [item for item in (await client.get("/v1/approvals")).json()["data"] if item["choice"] is None]
        for item in waiting[:1]:
            act, body = ("decline", {"reason": "no_agreement"}) if decline else ("approve", None)
            assert (await client.post(f"/v1/approvals/{item['id']}/{act}", json=body)).status_code == 200
            await self.world.advance(seconds=10)

    @rule(
        target=RequestMachine.asked,
        one=RequestMachine.asked,
        then=st.sampled_from(("gone", "gone", "killed", "stopped")),
    )
    def go_there(self, one: Asked, then: str) -> Asked:
        """The requester presses the button, and perhaps the process dies, or they stop here in the same second."""
        return self.run(self._go_there(one, then))

    async def _go_there(self, one: Asked, then: str) -> Asked:
        is_offered = bool(await self.world.rows(OFFERED, one.callout_id))
        is_found = await self._is_found(one)
        answer = await one.requester._post("go-there")
        assert answer.status_code == (200 if is_offered else 409 if is_found else 404), answer.text
        if not is_offered:
            return one
        if then == "killed":
            await self.world.copy.superuser.execute("DELETE FROM shared.job WHERE kind = 'exchanges.arrived'")
            await self.world.advance(seconds=61)
        if then == "stopped":
            assert (await one.requester.withdraws()).status_code == 204
        await self.world.settle()
        return await self._there_is(one, State.WITHDRAWN if then == "stopped" else State.DECLINED)

    async def _there_is(self, one: Asked, here: State) -> Asked:
        """It goes on there by the same receipt, or has ended in both regions."""
        assert (await self._standing(one))[0] is here
        known = [each.callout_id for each in self.all]
        ((found, state),) = await self.world.rows(
            "SELECT id, state FROM shared.callout WHERE region_id = $1 AND NOT id = ANY ($2)", self.there.id, known
        )
        assert (state == State.WITHDRAWN) == (here is State.WITHDRAWN), state
        requester = Requester(one.requester.client, self.there.slug, one.requester.receipt)
        self.all.append(Asked(requester, UUID(str(found)), frozenset({exchanging.PEER}), one.team))
        return self.all[-1]
