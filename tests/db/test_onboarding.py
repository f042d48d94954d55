"""The command line for real: from the catalogue to agencies, killed and resumed; agencies change and go."""

import asyncio
import csv
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.tenancy import lifecycle, migrate
from services.cli import demo, export
from tests import databases, schemas, workbooks
from tests.databases import ROLES, Addresses, Copy
from tests.processes import ROOT


class Cli:
    """`owncall` as a process, without a terminal."""

    def __init__(self, copy: Copy) -> None:
        self.copy = copy
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "OWNCALL_OWNER_DATABASE_URL": copy.owner_url,
            "OWNCALL_DATABASE_URL": copy.login_url,
            "OWNCALL_REDIS_URL": copy.redis_url,
        }

    async def begin(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", *words),
            cwd=ROOT,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str) -> tuple[int, str, str]:
        process = await self.begin(*words)
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def does(self, *words: str) -> str:
        status, out, err = await self.run(*words)
        assert status == 0, err
        return out

    async def refuses(self, *words: str) -> str:
        status, _out, err = await self.run(*words)
        assert status == 1, _out + err
        assert "Traceback" not in err
        return err


@pytest.fixture(scope="module")
async def cli(addresses: Addresses, worker_id: str) -> AsyncIterator[Cli]:
    async with databases.copied(addresses, f"onboarding_{worker_id}") as copy:
        yield Cli(copy)


async def _agencies(cli: Cli, region: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await cli.does("agency", "list", "--region", region, "--json"))
    return found


async def test_a_region_of_a_county_previewed_made_and_made_again(cli: Cli) -> None:
    await cli.does("region", "create", "polk", "Polk County", "--line", "515-555-0123")
    looked = await cli.does("agency", "onboard", "--region", "polk", "--state", "IA", "--county", "Polk", "--dry-run")
    assert "Nothing was changed." in looked
    assert await _agencies(cli, "polk") == []
    refused = await cli.refuses("agency", "onboard", "--region", "polk", "--state", "IA", "--county", "Polk")
    assert "say --yes" in refused

    made = json.loads(
        await cli.does(
            "agency", "onboard", "--region", "polk", "--state", "iowa", "--county", "polk", "--yes", "--json"
        )
    )
    count = made["made"]["new"]
    assert count == len(made["new"]) == len(await _agencies(cli, "polk")) > 1
    again = json.loads(
        await cli.does("agency", "onboard", "--region", "polk", "--state", "IA", "--county", "Polk", "--json")
    )
    assert (again["made"], len(again["known"])) == (None, count)
    assert json.loads(await cli.does("region", "list", "--json"))[-1] is not None


async def test_forty_agencies_killed_twice_and_resumed_are_whole(cli: Cli) -> None:
    await cli.does("region", "create", "wyoming", "Wyoming")
    words = ("agency", "onboard", "--region", "wyoming", "--state", "WY", "--yes", "--connections", "2")
    count = "SELECT count(*) FROM shared.agency WHERE state = 'WY'"
    reached = 0
    for _ in range(2):
        process = await cli.begin(*words)
        while await cli.copy.superuser.fetchval(count) < reached + 5:
            assert process.returncode is None
            await asyncio.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        await process.communicate()
        reached = await cli.copy.superuser.fetchval(count)

    said = await cli.does(*words)

    rows = await _agencies(cli, "wyoming")
    wanted = await cli.copy.superuser.fetchval(
        "SELECT count(*) FROM shared.psap_catalogue WHERE state = 'WY' AND standing = 'active_primary'"
    )
    assert reached < len(rows) == wanted
    assert "were there before" in said
    owned = await schemas.fingerprints(cli.copy.superuser, regions=False)
    assert len(set(owned.values())) == 1
    orphans = await cli.copy.superuser.fetch(
        """
        SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'
        AND nspname NOT IN (SELECT schema_name FROM shared.agency UNION SELECT schema_name FROM shared.region)
        """
    )
    assert orphans == []


async def test_a_list_of_ids_and_of_agencies_by_hand(cli: Cli, tmp_path: Path) -> None:
    await cli.does("region", "create", "mixed", "Mixed")
    assert (await cli.does("agency", "template")).startswith("fcc_id,name,discipline")
    ids = [row[0] for row in await cli.copy.superuser.fetch(_FREE, "VT", 2)]
    path = tmp_path / "list.csv"
    path.write_bytes(
        f"\ufefffcc_id;name;discipline;state;county;city\r\n{ids[0]};;;;;\r\n"
        ';"St. Mary\'s ""Rescue"" 🚒";EMS;Vermont;Essex;\r\n'.encode()
    )
    await cli.does("agency", "onboard", "--region", "mixed", "--csv", str(path), "--yes")
    await cli.does("agency", "onboard", "--region", "mixed", "--psap", str(ids[1]))
    await cli.does(
        *("agency", "add", "Old Mill College Safety", "--region", "mixed", "--discipline", "law", "--state", "VT")
    )
    rows = {row["name"]: row for row in await _agencies(cli, "mixed")}
    assert rows['St. Mary\'s "Rescue" 🚒']["discipline"] == "ems"
    assert len(rows) == 4

    await cli.does("region", "create", "other", "Other")
    elsewhere = await cli.does("agency", "onboard", "--region", "other", "--psap", str(ids[0]))
    assert "takes part in Mixed; it stays there. To move it: owncall agency move" in elsewhere


_FREE = """
    SELECT psap_id FROM shared.psap_catalogue WHERE state = $1 AND standing = 'active_primary'
    AND psap_id NOT IN (SELECT fcc_id FROM shared.agency WHERE fcc_id IS NOT NULL) ORDER BY psap_id LIMIT $2
"""


async def test_what_cannot_be_onboarded_is_said_and_nothing_is(cli: Cli, tmp_path: Path) -> None:
    await cli.does("region", "create", "empty", "Empty")
    into = ("agency", "onboard", "--region", "empty")
    orphan = await cli.copy.superuser.fetchval(
        "SELECT psap_id FROM shared.psap_catalogue WHERE standing = 'orphaned' LIMIT 1"
    )
    free = await cli.copy.superuser.fetchval(_FREE, "TX", 1)
    several = await cli.refuses(*into, "--county", "Washington")
    assert "states have a county “Washington”: AL, AR, CO, FL" in several
    assert "Say which state." in several
    both = await cli.refuses(*into, "--psap", str(free), "--psap", str(orphan), "--psap", "987654")
    assert f"({orphan}) is orphaned" in both
    assert "The catalogue has no PSAP 987654." in both
    path = tmp_path / "odd.csv"
    path.write_bytes(f"fcc_id,name\n{free},\nmany,\n{free},\n,Caf\u00e9 Fire\n".encode("latin-1"))
    assert "Line 5: a letter is not in UTF-8" in await cli.refuses(*into, "--csv", str(path))
    path.write_text(f"fcc_id,name\n{free},\nmany,\n{free},\n,Fire\n")
    lines = (await cli.refuses(*into, "--csv", str(path))).splitlines()
    assert lines[0].startswith("Line 3, column “fcc_id”: “many” is no FCC id.")
    assert lines[1] == f"Line 4, column “fcc_id”: {free} stands in line 2 already. Delete one."
    assert lines[2].startswith("Line 5, column “discipline”")
    assert lines[3].startswith("Line 5, column “state”")
    assert "There is no region nowhere." in await cli.refuses(
        "agency", "onboard", "--region", "nowhere", "--state", "MO"
    )
    assert "one of them" in await cli.refuses(*into)
    assert await _agencies(cli, "empty") == []


async def test_next_months_file_is_shown_before_it_is_applied_with_whom_it_touches(cli: Cli, tmp_path: Path) -> None:
    mine = {row["fcc_id"]: row for row in await _agencies(cli, "kansas-city")}
    ids = sorted(mine)[:8]
    orphans = [
        row[0]
        for row in await cli.copy.superuser.fetch(
            "SELECT psap_id FROM shared.psap_catalogue WHERE standing = 'orphaned' AND doubt IS NULL LIMIT 1"
        )
    ]
    month = workbooks.second_month(workbooks.rows_of(demo.REGISTRY_FILE), ids, orphans)
    path = workbooks.write(tmp_path / "next.xlsx", {"v3": [workbooks.TITLES, *month.rows]})
    before = await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.registry_import")

    looked = json.loads(await cli.does("registry", "import", str(path), "--dry-run", "--json"))
    assert not looked["applied"]
    assert looked["adds_up"]
    assert {each["change"]["psap_id"] for each in looked["touched"]} == set(ids)
    assert {each["region_name"] for each in looked["touched"]} == {"Kansas City (registry)"}
    assert looked["differences"]["gone"] == looked["differences"]["renamed"] == 2
    assert "Apply 10 differences, which touch 8 agencies? Nothing was changed" in (
        await cli.refuses("registry", "import", str(path))
    )
    assert await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.registry_import") == before

    said = await cli.does("registry", "import", str(path), "--yes")
    assert "Onboarded agencies that this touches:" in said
    assert "The catalogue is this file now." in said
    stored = await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.registry_change")
    assert stored == 10
    assert "No onboarded agency is touched." in await cli.does("registry", "import", str(path))
    assert await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.registry_change") == 10


async def test_a_bad_file_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "registry.xlsx"
    path.write_text("PSAP ID,PSAP Name\n1,Ray\n")
    before = await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.psap_catalogue")
    assert "is no Excel workbook, whatever its name says." in await cli.refuses("registry", "import", str(path))
    assert "cannot be opened" in await cli.refuses("registry", "import", str(tmp_path / "none.xlsx"))
    assert await cli.copy.superuser.fetchval("SELECT count(*) FROM shared.psap_catalogue") == before


async def test_export_holds_the_desk_and_quotes_formulas(cli: Cli, tmp_path: Path) -> None:
    schema = await cli.copy.superuser.fetchval("SELECT schema_name FROM shared.agency WHERE slug = 'redbank'")
    await cli.copy.superuser.execute(f"INSERT INTO {schema}.setting VALUES ('motto', '=1+1') ON CONFLICT DO NOTHING")
    await cli.does("agency", "export", "redbank", "--to", str(tmp_path / "redbank.json"))
    content = json.loads((tmp_path / "redbank.json").read_text())
    assert set(content) == {"agency", "setting"}
    assert {"name": "motto", "value": "=1+1"} in content["setting"]
    await cli.does("agency", "export", "redbank", "--to", str(tmp_path / "csv"), "--csv")
    rows = list(csv.reader((tmp_path / "csv" / "setting.csv").read_text().splitlines()))
    assert ["motto", "'=1+1"] in rows
    assert export.cell(None) == ""


async def test_every_care_table_is_handed_on_by_a_key() -> None:
    assert set(lifecycle.CARE_KEYS) == lifecycle._care_tables()


async def test_an_agency_is_removed_with_schema_and_roles_alone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "EVERYBODY_KNOWS_AFTER_S", 0.1)
    await cli.does("region", "create", "brief", "Brief")
    await cli.does("agency", "add", "Soon Gone", "--region", "brief", "--discipline", "ems", "--state", "MO")
    words = ("agency", "delete", "soon-gone-mo")
    assert "the name was not typed" in await cli.refuses(*words)
    assert "the name was not typed" in await cli.refuses(*words, "--confirm", "Soon gone")
    async with migrate.owner_connection(cli.copy.owner_url) as owner:
        found = await lifecycle.find(owner, "soon-gone-mo")
        assert found is not None
        await lifecycle.remove(owner, found)
        assert await lifecycle.find(owner, "soon-gone-mo") is None
        with pytest.raises(lifecycle.NotAsItWas):
            await lifecycle.move(owner, found, found.region_id, status="active")
    left = await cli.copy.superuser.fetchval(
        "SELECT count(*) FROM pg_roles WHERE rolname = ANY($1)", [found.care_role, found.desk_role]
    )
    assert left == 0
    assert ROLES.prefix == "test"


async def test_an_agency_with_team_members_stays(cli: Cli) -> None:
    busy = await cli.copy.superuser.fetchval(
        "SELECT a.slug FROM shared.agency a JOIN shared.member m ON m.agency_id = a.id LIMIT 1"
    )
    said = await cli.refuses("agency", "delete", str(busy), "--dry-run")
    assert "Give them another center in the roster" in said
