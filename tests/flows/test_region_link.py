"""`owncall region link` as an operator runs it: the first manager and coordinator of a region come in, nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from typer.testing import CliRunner

from services.cli.app import cli
from tests.http.test_passkeys import enrolls, signs_in
from tests.world import World, peer_id


@pytest.fixture(autouse=True)
async def at_the_command_line(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """An operator has the application's address, and no demonstration; whom they let in goes again."""
    monkeypatch.setenv("OWNCALL_DATABASE_URL", world.copy.login_url)
    monkeypatch.delenv("OWNCALL_DEMO", raising=False)
    before = [row[0] for row in await world.rows("SELECT id FROM shared.account")]
    yield
    await world.copy.superuser.execute("DELETE FROM shared.account WHERE id <> ALL ($1)", before)


async def runs(*command: str, status: int = 0) -> str:
    """Run `owncall region link …` and insist on its exit status."""
    done = await asyncio.to_thread(CliRunner().invoke, cli, ["region", "link", *command])
    assert done.exit_code == status, done.output
    return done.output


async def token_of(*command: str) -> str:
    """The token of the link that a command makes."""
    url: str = json.loads(await runs(*command, "--yes", "--json"))["url"]
    return url.partition("/enroll#")[2]


async def landed(client: httpx2.AsyncClient) -> str:
    """Where somebody who is signed in begins."""
    return (await client.get("/dashboard")).headers["location"]


async def account_of(world: World, name: str) -> UUID:
    """Whose account it is."""
    [(found,)] = await world.rows(f"SELECT id FROM shared.account WHERE name = '{name}'")
    return UUID(str(found))


async def test_a_new_region_s_first_manager_comes_in_and_lets_the_next_ones_in(world: World) -> None:
    token = await token_of("kansas-city", "--manager", "Ada Holm")
    ada = await enrolls(world, await account_of(world, "Ada Holm"), token)
    assert await landed(ada.client) == "/program"
    assert (await ada.client.get("/program/admins")).status_code == 200
    assert "Ada Holm" not in (await ada.client.get("/v1/admins")).text
    # The same name is the same person: a new link, and what let her in before ends.
    again = await token_of("kansas-city", "--manager", "ADA  holm")
    assert (await ada.client.get("/program")).status_code == 401
    assert (await signs_in(world, ada.key)).status_code == 403
    ada = await enrolls(world, await account_of(world, "Ada Holm"), again)
    assert await world.rows("SELECT count(*) FROM shared.account WHERE name ILIKE 'ada%'") == [(1,)]
    # One more device takes nothing away.
    kept = await token_of("kansas-city", "--manager", "Ada Holm", "--keep")
    await enrolls(world, await account_of(world, "Ada Holm"), kept)
    assert (await signs_in(world, ada.key)).status_code == 200


async def test_a_coordinator_of_the_roster_comes_in_and_a_peer_does_not_by_this(world: World) -> None:
    [(name,)] = await world.rows(f"SELECT name FROM shared.member WHERE id = '{peer_id('mara')}'")
    mara = await enrolls(world, peer_id("mara"), await token_of("heartland", "--coordinator", name))
    assert await landed(mara.client) == "/coordinator"
    [(peer,)] = await world.rows(f"SELECT name FROM shared.member WHERE id = '{peer_id('ana')}'")
    assert "No coordinator" in await runs("heartland", "--coordinator", peer, status=1)
    assert "These words fit" in await runs("heartland", "--coordinator", "a", status=1)


async def test_nothing_is_made_unless_it_was_said_for_whom_where_and_yes(world: World) -> None:
    assert "either --manager or --coordinator" in await runs("heartland", status=1)
    assert "either --manager" in await runs("heartland", "--manager", "Ada", "--coordinator", "Mara", status=1)
    assert "There is no region atlantis" in await runs("atlantis", "--manager", "Ada", status=1)
    refused = await runs("heartland", "--manager", "Ada", status=1)
    assert "Nothing was changed: say --yes." in refused
    assert await world.rows("SELECT count(*) FROM shared.account WHERE name = 'Ada'") == [(0,)]
    said = await runs("heartland", "--manager", "Ada", "--yes")
    assert "For Ada, once, until " in said
    assert "/enroll#" in said
