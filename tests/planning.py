"""A team that plans, for the stories: its coordinator, its peers, and a Monday morning to begin on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2

from libs.notify import messages
from tests.phones import Phone
from tests.reporting import by_key
from tests.world import World, peer_id

CHICAGO = ZoneInfo("America/Chicago")


@dataclass
class Planned:
    """Heartland's roving team, planned by Mara."""

    world: World
    team_id: UUID

    async def now(self) -> datetime:
        """The instant, on the wall in Chicago."""
        found: datetime = (await self.world.rows("SELECT shared.clock()"))[0][0]
        return found.astimezone(CHICAGO)

    async def at(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Let time pass until that time of day, `days` days on, and whatever is due happen."""
        now = await self.now()
        then = (now + timedelta(days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
        while then <= now:
            then += timedelta(1)
        await self.world.advance(seconds=(then.astimezone(UTC) - now.astimezone(UTC)).total_seconds())

    async def monday(self) -> None:
        """Begin on a Monday at eight in the morning."""
        await self.at(8, days=7 - (await self.now()).weekday())

    async def does(self, who: str, method: str, path: str, **body: Any) -> httpx2.Response:  # noqa: ANN401 - JSON
        """Somebody calls; signed in anew, since days go by in a story."""
        person = await self.world.signed_in_anew(who)
        whatever = {"if-match": "*"} if method == "PATCH" else by_key() if method == "POST" else {}
        answer = await person.client.request(method, f"/v1{path}", json=body or None, headers=whatever)
        await self.world.settle()
        return answer

    async def mara(self, method: str, path: str, *, status: int = 201, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """The coordinator plans; what comes back."""
        answer = await self.does("mara", method, path, **body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def rotates(self, *people: str, status: int = 201, **said: Any) -> Any:  # noqa: ANN401 - JSON
        """Let people take turns from today on, a week each where nothing else is said."""
        body = {
            "name": "Weeks",
            "people": [str(peer_id(one)) for one in people],
            "turn": 7,
            "zone": CHICAGO.key,
            "starts_on": (await self.now()).date().isoformat(),
            "hand_over": "08:00",
            **said,
        }
        return await self.mara("POST", f"/schedules/{self.team_id}/rotations", status=status, **body)

    async def answers(self) -> list[str]:
        """Who answers right now, in one line."""
        found = await self.mara("GET", f"/schedules/{self.team_id}", status=200)
        return [str(name).split()[0] for name in found["on_duty_now"]]

    async def coverage(self) -> Any:  # noqa: ANN401 - JSON
        """How the next four weeks are covered."""
        return await self.mara("GET", f"/schedules/{self.team_id}/coverage", status=200)

    async def shifts(self, who: str) -> list[dict[str, Any]]:
        """Somebody's own next shifts."""
        answer = await self.does(who, "GET", "/shifts")
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def asks(self, who: str, number: int = 0, **part: Any) -> str:  # noqa: ANN401 - JSON
        """Somebody asks the others to take their shift, the next one or a later one; returns the swap's id."""
        shift = (await self.shifts(who))[number]
        answer = await self.does(who, "POST", "/swaps", shift_id=shift["id"], **part)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def told(self, who: str) -> int:
        """How often somebody was told that colleagues look for somebody."""
        return len(await self.world.rows("SELECT 1 FROM shared.swap_notice WHERE peer_id = $1", peer_id(who)))

    async def each_notice_rang_once(self) -> None:
        """Insist that whoever was told got it on their phone as often as on their page, and never more."""
        told = await self.world.rows(
            """
            SELECT n.peer_id, count(*) FROM shared.swap_notice n JOIN shared.reach e ON e.peer_id = n.peer_id
            WHERE 'mail' = ANY(e.verified) GROUP BY n.peer_id
            """
        )
        assert told
        for peer, times in told:
            self.rings(self.world.phone_of(peer), times)

    def rings(self, phone: Phone, times: int = 1) -> None:
        """Insist on so many new notices, each of which says nothing but "open the dashboard"."""
        assert [letter.words for letter in phone.unread()] == [messages.ON_DUTY_NOTICE] * times
        phone.read += times

    async def are_reached(self, *slugs: str) -> None:
        """Let these alone have a proven channel."""
        statement = "UPDATE shared.reach SET verified = CASE WHEN peer_id = ANY($1) THEN ARRAY['mail'] ELSE '{}' END"
        await self.world.copy.superuser.execute(statement, [peer_id(slug) for slug in slugs])


async def planned(world: World) -> Planned:
    """Begin on a Monday morning with a team that plans nothing yet, and everybody off call by their own word."""
    region = await world.heartland()
    await world.on_call()
    rows = await world.rows("SELECT id FROM shared.team WHERE kind = 'roving' AND region_id = $1", region.id)
    made = Planned(world, rows[0][0])
    await made.monday()
    return made
