"""A state machine that opens, asks, answers, travels, cancels and waits at random; its oracle: the tables of moves."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from libs.peer.deployments import rules
from libs.peer.deployments.composition import MOST_OF_ONE_AGENCY
from services.worker.sweeper import sweep
from tests import deploying
from tests.deploying import Team
from tests.world import Person, World, peer_id

T = TypeVar("T")

KINDS = ("deployment", "slot", "invitation")
WATCH = """
    CREATE TABLE public.test_step (kind text, old text, new text);
    CREATE FUNCTION public.test_note_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO public.test_step VALUES (TG_TABLE_NAME, OLD.state, NEW.state); RETURN NULL; END $$;
""" + "".join(
    f"CREATE TRIGGER test_steps AFTER UPDATE OF state ON shared.{kind} FOR EACH ROW"
    " WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION public.test_note_step();"
    for kind in KINDS
)
UNWATCH = (
    "".join(f"DROP TRIGGER test_steps ON shared.{kind};" for kind in KINDS)
    + "DROP FUNCTION public.test_note_step; DROP TABLE public.test_step;"
)
TABLES: dict[str, Mapping[str, tuple[frozenset[str], str]]] = {
    "deployment": rules.MOVES,
    "slot": rules.SLOT_MOVES,
    "invitation": rules.INVITATION_MOVES,
}
POOL = ("ana", "ben", "cleo", "dev", "mara", "jon")
ACTS = ("fill", "propose", "go-with-fewer", "debriefed")
_ODD = {
    "somebody twice on a team": """
        SELECT deployment_id FROM shared.slot WHERE member_id IS NOT NULL
        GROUP BY deployment_id, member_id HAVING count(*) > 1""",
    "a slot without its yes": """
        SELECT s.id FROM shared.slot s WHERE s.state IN ('confirmed', 'en_route', 'on_scene') AND NOT EXISTS (
            SELECT FROM shared.invitation v WHERE v.deployment_id = s.deployment_id AND v.member_id = s.member_id
            AND v.state = 'accepted')""",
    "a yes without its slot": """
        SELECT v.id FROM shared.invitation v WHERE v.state = 'accepted' AND NOT EXISTS (
            SELECT FROM shared.slot s WHERE s.deployment_id = v.deployment_id AND s.member_id = v.member_id)""",
    "somebody asked for a team that is whole or over": """
        SELECT v.id FROM shared.invitation v JOIN shared.deployment d ON d.id = v.deployment_id
        WHERE v.state = 'asked' AND d.state IN ('ready', 'done', 'cancelled')""",
    "whole with a slot open": """
        SELECT d.id FROM shared.deployment d JOIN shared.slot s ON s.deployment_id = d.id AND s.state = 'open'
        WHERE d.state IN ('ready', 'done', 'cancelled')""",
    "filling with nobody missing": """
        SELECT d.id FROM shared.deployment d WHERE d.state = 'filling'
        AND NOT EXISTS (SELECT FROM shared.slot s WHERE s.deployment_id = d.id AND s.state = 'open')""",
    "a name where nobody has to be let in": """
        SELECT id FROM shared.slot WHERE (name <> '') <> (state IN ('confirmed', 'en_route', 'on_scene'))""",
    "of the affected agency without a reason": """
        SELECT v.id FROM shared.invitation v JOIN shared.deployment d ON d.id = v.deployment_id
        JOIN shared.member m ON m.id = v.member_id WHERE m.agency_id = d.agency_id AND v.why_own_agency = ''""",
    "no clock": """
        SELECT d.id FROM shared.deployment d WHERE d.state IN ('proposed', 'filling', 'ready', 'under_way')
        AND NOT (d.next_at > shared.clock() AND EXISTS (
            SELECT FROM shared.job j
            WHERE j.subject_id = d.id AND j.state = 'waiting' AND j.due_at > shared.clock()))""",
    "people who could come and are not asked, and no word of it": """
        SELECT d.id FROM shared.deployment d WHERE d.state = 'filling'
        AND shared.clock() < d.starts_at + interval '12 hours'
        AND EXISTS (SELECT FROM shared.invitation v WHERE v.deployment_id = d.id AND v.state = 'proposed')
        AND NOT EXISTS (SELECT FROM shared.invitation v WHERE v.deployment_id = d.id AND v.asked_at IS NOT NULL)""",
    "still proposed past its time": """
        SELECT id FROM shared.deployment WHERE state = 'proposed' AND shared.clock() < starts_at + interval '12 hours'
        AND shared.clock() >= opened_at + least(interval '1 hour', greatest(starts_at - opened_at, '0') / 2)""",
    "attendees of what was never done": """
        SELECT id FROM shared.deployment WHERE (state = 'done') <> (attendees IS NOT NULL)""",
    "one-on-ones offered by a team that never came": """
        SELECT id FROM shared.deployment WHERE one_on_ones_offered <> 'unknown' AND state <> 'done'""",
    "given up": "SELECT kind FROM shared.job WHERE state = 'failed'",
}
"""What must never be found, each with the statement that would find it."""


class DeploymentMachine(RuleBasedStateMachine):
    """Everything that people and clocks can do to up to two deployments, with six people to ask."""

    world: World
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.teams: list[Team] = []
        self.run(self.world.begin())
        self.run(self.world.copy.superuser.execute("TRUNCATE public.test_step"))

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Do something in the world's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    @precondition(lambda self: len(self.teams) < 2)
    @rule(
        agency=st.sampled_from(("redbank", "osprey")),
        kind=st.sampled_from(("pfa", "defusing", "debriefing")),
        wanted_in=st.sampled_from((None, -2, 8, 45, 300)),
    )
    def open(self, agency: str, kind: str, wanted_in: int | None) -> None:
        """Somebody opens one, for an hour of the plan or within minutes; two ago is by a clock that is slow."""

        async def go() -> Team:
            lead = await self.world.person("manager")
            told = {} if wanted_in is None else {"starts_at": await deploying.minutes_from_now(self.world, wanted_in)}
            body = await deploying.incident(self.world, agency=agency, kind=kind, **told)
            answers = [await lead.client.post("/v1/deployments", json=body) for _double_tap in range(2)]
            assert {answer.status_code for answer in answers} == {201}
            await self.world.settle()
            return Team(self.world, lead, answers[0].json()["id"])

        self.teams.append(self.run(go()))

    @precondition(lambda self: self.teams)
    @rule(which=st.integers(0, 1), act=st.sampled_from((*ACTS, "finish", "cancel", "one-on-ones")))
    def lead(self, which: int, act: str) -> None:
        """Whoever leads decides something; in the wrong state nothing happens."""
        bodies: dict[str, dict[str, object]] = {
            "finish": {"attendees": 7},
            "cancel": {"reason": "not_wanted"},
            "one-on-ones": {"were_offered": True},
        }
        body = bodies.get(act, {})

        async def go() -> None:
            team = await self._team(which)
            answer = await team.does(act, **body)
            assert answer.status_code in {204, 409}, answer.text

        self.run(go())

    @precondition(lambda self: self.teams)
    @rule(which=st.integers(0, 1), slug=st.sampled_from(POOL), why=st.sampled_from(("", "Nobody else speaks Somali.")))
    def ask_by_name(self, which: int, slug: str, why: str) -> None:
        """Somebody is chosen by name; composition is kept."""

        async def go() -> None:
            team = await self._team(which)
            answer = await team.does("ask", member_id=str(peer_id(slug)), role="peer", why_own_agency=why)
            assert answer.status_code in {204, 409, 422}, answer.text

        self.run(go())

    @precondition(lambda self: self.teams)
    @rule(which=st.integers(0, 1), slug=st.sampled_from(POOL))
    def replace(self, which: int, slug: str) -> None:
        """Somebody is taken off the team, or out of the proposal."""

        async def go() -> None:
            team = await self._team(which)
            for act in ("replace", "pass-over"):
                answer = await team.does(act, member_id=str(peer_id(slug)))
                assert answer.status_code in {204, 409}, answer.text

        self.run(go())

    @precondition(lambda self: self.teams)
    @rule(slug=st.sampled_from(POOL), act=st.sampled_from(("accept", "accept", "decline")), back=st.integers(0, 1))
    def answer(self, slug: str, act: str, back: int) -> None:
        """Somebody answers an invitation, open or long over; others' never."""

        async def go() -> None:
            person = await self._member(slug)
            rows = await self.world.rows("SELECT id, member_id FROM shared.invitation ORDER BY asked_at")
            own = [row for row in rows if row[1] == peer_id(slug)]
            for row in own[-1 - back :][:1]:
                answer = await person.client.post(f"/v1/invitations/{row[0]}/{act}")
                assert answer.status_code in {200, 204, 404, 409}, answer.text
            for row in [row for row in rows if row[1] != peer_id(slug)][:1]:
                assert (await person.client.post(f"/v1/invitations/{row[0]}/{act}")).status_code == 404
            await self.world.settle()

        self.run(go())

    @precondition(lambda self: self.teams)
    @rule(which=st.integers(0, 1), slug=st.sampled_from(POOL), step=st.sampled_from(("set_out", "arrive", "leave", "")))
    def on_the_day(self, which: int, slug: str, step: str) -> None:
        """Somebody says where they are, or that they cannot come after all."""

        async def go() -> None:
            team, person = await self._team(which), await self._member(slug)
            address = f"/v1/my-deployments/{team.id}/{'step' if step else 'drop-out'}"
            answer = await person.client.post(address, json={"step": step} if step else None)
            assert answer.status_code in {204, 409}, answer.text
            await self.world.settle()

        self.run(go())

    @rule(minutes=st.sampled_from((5, 16, 31, 70, 130, 1500)))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.run(self._pass(minutes))

    @rule()
    def lose_every_job(self) -> None:
        """Somebody deletes the queue; the sweeper finds what was lost."""

        async def go() -> None:
            await self.world.copy.superuser.execute("DELETE FROM shared.job")
            await self._pass(1500)
            await sweep(self.world.planes)
            await self.world.settle()

        self.run(go())

    @invariant()
    def nothing_odd(self) -> None:
        """Every move is in its table, and nothing is lost, twice or stuck."""
        self.run(self._nothing_odd())

    async def _nothing_odd(self) -> None:
        for name, statement in _ODD.items():
            assert await self.world.rows(statement) == [], name
        for kind, old, new in await self.world.rows("SELECT DISTINCT kind, old, new FROM public.test_step"):
            assert any(old in sources and new == target for sources, target in TABLES[kind].values()), (kind, old, new)
        crowded = """
            SELECT s.deployment_id FROM shared.slot s JOIN shared.member m ON m.id = s.member_id
            GROUP BY s.deployment_id, m.agency_id HAVING count(*) > $1"""
        assert await self.world.rows(crowded, MOST_OF_ONE_AGENCY) == []

    async def _team(self, which: int) -> Team:
        team = self.teams[which % len(self.teams)]
        team.lead = await self.world.person("manager")
        return team

    async def _member(self, slug: str) -> Person:
        return await deploying.member(self.world, str(peer_id(slug)))

    async def _pass(self, minutes: int) -> None:
        self.world.people.clear()  # a sign-in lives for twelve hours
        await self.world.advance(minutes=minutes)


async def only_these(world: World, ids: list[UUID] | None) -> None:
    """Leave nobody to be asked but these; None lets everybody back."""
    suspend = "UPDATE shared.member SET suspended_on = CASE WHEN $1::uuid[] IS NULL OR id = ANY($1) THEN NULL"
    await world.copy.superuser.execute(f"{suspend} ELSE CAST(shared.clock() AS date) END", ids)
