"""The developers' page: what it shows to be copied works as it stands, over a real socket."""

import asyncio
import html
import json
import re
import secrets
import shlex
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from infra.local import ports
from libs.peer.clients import actions as clients
from libs.peer.clients.models import Scope
from libs.tenancy.engine import open_engine
from libs.tenancy.transactions import Planes
from services.api.contract.document import PATH
from tests import databases, processes
from tests.databases import Copy
from tests.world import World

CLIENT = "psk_test_intranet"


async def _key(copy: Copy) -> str:
    """Give the demonstration's system a key, as `make run` does."""
    engine, secret = open_engine(copy.login_url, pool_size=1), "psk_test_" + secrets.token_urlsafe(32)
    planes = Planes(engine, databases.ROLES)
    tenants = await planes.tenants()
    region = tenants.sandbox_of(tenants.region("heartland"))
    assert region is not None
    async with planes.door() as door:
        await clients.put(door, clients.NewClient(CLIENT, region.id, " ".join(Scope), secret=secret))
    await engine.dispose()
    return secret


async def _run(*command: str, **variables: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": "/usr/bin:/bin", **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


def _snippets(page: str, part: str) -> list[str]:
    """What is shown to be copied within one part of the page."""
    inside = page[page.index(f'id="{part}"') :]
    inside = inside[: inside.index("</section>" if part in {"start", "client", "hooks"} else "</details>")]
    return [
        html.unescape(found) for found in re.findall(r"<code translate=\"no\">(.*?)</code></pre>", inside, re.DOTALL)
    ]


async def test_the_quickstart_and_what_is_copied_work_as_they_stand(world: World, tmp_path: Path) -> None:
    secret = await _key(world.copy)
    async with processes.api(world.copy) as base, httpx2.AsyncClient(base_url=base, timeout=60) as client:
        page = (await client.get("/developers")).text
        # The page names the public address, which a test's API does not stand at.
        page = page.replace("http://localhost:8080", base)
        if shutil.which("curl") is not None:
            _exports, trade, call = _snippets(page, "start")
            script = f'{trade}\n{call}\necho "$TOKEN" > {tmp_path}/token'
            told = await _run("bash", "-euc", script, CLIENT_ID=CLIENT, CLIENT_SECRET=secret)
            assert "200 OK" in told
            assert '"slug":"heartland-sandbox"' in told.replace(" ", "")
        token = (
            await client.post("/v1/oauth/token", auth=(CLIENT, secret), data={"grant_type": "client_credentials"})
        ).json()["access_token"]
        for name in (
            *("list_agencies", "show_roster", "show_roster_csv", "receive_eido", "receive_hard_calls"),
            *("report_incident", "create_webhook", "list_webhooks", "reset_sandbox"),
        ):
            curl, python = _snippets(page, name)
            if shutil.which("curl") is not None and shutil.which("uuidgen") is not None:
                said = await _run("bash", "-euc", f"{curl} -w '%{{http_code}}'", TOKEN=token)
                assert said[-3:] in {"200", "201", "202", "204"}, (name, said)
            code = f"token = {token!r}\n" + python.replace("import httpx\n", "import httpx2 as httpx\n")
            await _run(sys.executable, "-c", code)


async def test_a_newcomer_sees_a_first_event_that_the_receiver_on_the_page_has_verified(
    world: World, tmp_path: Path
) -> None:
    # What verifies a signature looks at the real clock.
    await world.copy.superuser.execute("UPDATE public.test_clock SET pushed = interval '0'")
    secret, local = await _key(world.copy), {"OWNCALL_WEBHOOK_LOOPBACK": "1"}
    async with (
        processes.worker(world.copy, **local),
        processes.api(world.copy, **local) as base,
        httpx2.AsyncClient(base_url=base, timeout=60) as client,
    ):
        page, port = (await client.get("/developers")).text, ports.any_free()
        assert "http://127.0.0.1:8787/" in _snippets(page, "create_webhook")[0]
        page = page.replace(":8787/", f":{port}/").replace("8787)", f"{port})")
        _exports, trade, _call = _snippets(page, "start")
        made, install, receiver, test = _snippets(page, "hooks")
        assert install == "pip install standardwebhooks"
        (tmp_path / "receiver.py").write_text(receiver)
        script = f"{trade}\n{made}\n" + 'echo "$WEBHOOK_ID"; echo "$TOKEN"'
        told = await _run("bash", "-euc", script, CLIENT_ID=CLIENT, CLIENT_SECRET=secret)
        exported, hook_id, token = told.splitlines()
        variable, _, whsec = exported.removeprefix("export ").partition("=")
        async with _receives(tmp_path / "receiver.py", port, **{variable: whsec}) as running:
            assert "202 Accepted" in await _run("bash", "-euc", test, TOKEN=token, WEBHOOK_ID=hook_id)
            async with asyncio.timeout(30):
                assert (await running.readline()).decode().split() == ["webhook.test", hook_id]
            forged = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as stranger:
                assert (await stranger.post("/", content=b"{}", headers=forged)).status_code == 401
        sent = await client.get(f"/v1/webhooks/{hook_id}/deliveries", headers={"authorization": f"Bearer {token}"})
        assert [one["type"] for one in sent.json()["data"]] == ["webhook.test"]


async def test_where_no_machine_of_ones_own_is_sent_to_the_page_does_not_say_so(world: World) -> None:
    async with processes.api(world.copy) as base, httpx2.AsyncClient(base_url=base, timeout=60) as client:
        page = html.unescape((await client.get("/developers")).text)
    assert "http://127.0.0.1" not in page
    assert "your own machine" not in page
    assert page.count("https://hooks.example.org/owncall") > 1


@asynccontextmanager
async def _receives(program: Path, port: int, **variables: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a receiver for as long as the block lasts; yields what it prints."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, str(program), env={"PATH": "/usr/bin:/bin", **variables}, stdout=asyncio.subprocess.PIPE
    )
    try:
        await processes.until(lambda: _listens(port))
        assert running.stdout is not None
        yield running.stdout
    finally:
        running.terminate()
        await running.wait()


async def _listens(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_the_client_that_the_page_says_how_to_write_is_written_and_calls(world: World, tmp_path: Path) -> None:
    secret, bin_of_tools = await _key(world.copy), str(Path(sys.executable).parent)
    async with processes.api(world.copy) as base, httpx2.AsyncClient(base_url=base, timeout=60) as client:
        page = (await client.get("/developers")).text.replace("http://localhost:8080", base)
        shell, python = _snippets(page, "client")
        install, _curl, *rest = shell.splitlines()
        assert install == "pip install openapi-python-client"
        (tmp_path / "owncall.json").write_bytes((await client.get("/developers/openapi.json")).content)
        script = f"cd {shlex.quote(str(tmp_path))}\n" + "\n".join(rest)
        assert "Warning" not in await _run("bash", "-euc", script, PATH=f"{bin_of_tools}:/usr/bin:/bin")
        grant = {"grant_type": "client_credentials"}
        token = (await client.post("/v1/oauth/token", auth=(CLIENT, secret), data=grant)).json()["access_token"]
        told = await _run(sys.executable, "-c", f"token = {token!r}\n{python}", PYTHONPATH=str(tmp_path))
    assert "slug='heartland-sandbox'" in told


async def test_the_document_that_is_served_is_the_committed_one(world: World) -> None:
    served = await world.client().get("/developers/openapi.json")
    assert served.json() == json.loads(PATH.read_text())


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_every_error_and_every_operation_of_the_document_is_on_the_page(world: World, lang: str) -> None:
    page = (await world.client().get(f"/developers?lang={lang}")).text
    document = (await world.client().get("/developers/openapi.json")).json()
    for found in document["paths"].values():
        for operation in found.values():
            assert f'id="{operation["operationId"]}"' in page
    for code in re.findall(r'href="/problems/(\w+)"', page):
        assert (await world.client().get(f"/problems/{code}")).status_code == 200
