"""`owncall roster` as an operator runs it: example, dry run, import, list, export; Excel; faults as JSON."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from services.cli.app import cli
from tests.world import World

REGION = ("--region", "kansas-city")


@pytest.fixture
async def operator(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Operator"]:
    """Somebody at the command line; Kansas City's roster is empty again afterwards."""
    monkeypatch.setenv("OWNCALL_DATABASE_URL", world.copy.login_url)
    monkeypatch.setenv("OWNCALL_DEMO", "1")
    yield Operator(world)
    region = (await world.planes.tenants()).region("kansas-city").id
    await world.copy.superuser.execute("DELETE FROM shared.member WHERE region_id = $1", region)
    await world.copy.superuser.execute("DELETE FROM shared.team WHERE region_id = $1", region)


class Operator:
    """Runs commands as a process would: in a thread, which starts a loop of its own."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def runs(self, *command: str, status: int = 0) -> str:
        """Run `owncall roster …` and insist on its exit status."""
        done = await asyncio.to_thread(CliRunner().invoke, cli, ["roster", *command])
        assert done.exit_code == status, done.output
        return done.output


async def test_from_the_example_to_a_region_with_ten_peers_and_out_again(operator: Operator, tmp_path: Path) -> None:
    file, out = tmp_path / "ten.csv", tmp_path / "out.csv"
    await operator.runs("example", *REGION, "--to", str(file))
    assert "Nothing was imported." in await operator.runs("import", str(file), *REGION, "--dry-run")
    assert "without a terminal" in (await operator.runs("import", str(file), *REGION, status=1)).lower()
    assert json.loads(await operator.runs("list", *REGION, "--json")) == []
    assert "Imported." in await operator.runs("import", str(file), *REGION, "--yes")
    listed = json.loads(await operator.runs("list", *REGION, "--json"))
    assert (len(listed), listed[0]["name"], listed[0]["teams"]) == (10, "Alex Moreno", ["roving", "command_level"])
    assert "9 of 10 are current." in await operator.runs("list", *REGION)
    assert "Casey Lund" in await operator.runs("show", *REGION, "casey")
    await operator.runs("show", *REGION, "nobody of this name", status=1)
    await operator.runs("export", *REGION, "--to", str(out))
    again = json.loads(await operator.runs("import", str(out), *REGION, "--json"))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, [], 10)


async def test_excel_is_read_with_its_days_numbers_and_booleans(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    agency = (await operator.world.rows("SELECT fcc_id FROM shared.agency WHERE fcc_id IS NOT NULL LIMIT 1"))[0][0]
    book = xlsxwriter.Workbook(str(file))
    book.add_worksheet("Notes").write(0, 0, "not this one")
    sheet = book.add_worksheet("Roster")
    for column, cell in enumerate(("Team", "Name", "Agency", "Phone", "E-mail", "Designated", "Hours", "Coordinator")):
        sheet.write(0, column, cell)
    for column, cell in enumerate(("both", "Ida Holm", agency, "816-555-0166", "ida@example.org", None, 44, True)):
        sheet.write(1, column, cell)
    sheet.write_datetime(1, 5, datetime(2025, 1, 31), book.add_format({"num_format": "m/d/yy"}))  # noqa: DTZ001 - a cell has no zone
    book.close()
    await operator.runs("import", str(file), *REGION, "--yes")
    rows = "SELECT designated_on::text, role FROM shared.membership s JOIN shared.member m ON m.id = member_id"
    assert await operator.world.rows(f"{rows} WHERE name = 'Ida Holm'") == [("2025-01-31", "coordinator")] * 2


async def test_faults_and_unknown_regions_are_sentences(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("Name,Agency,Team,Phone,E-mail\nAda,nowhere,roving,12,ada@example.org\n")
    told = json.loads(await operator.runs("import", str(file), *REGION, "--json", status=1))
    assert [(error["line"], error["column"]) for error in told["errors"]] == [(2, "agency"), (2, "phone")]
    assert "2 problems. Nothing was imported." in await operator.runs("import", str(file), *REGION, status=1)
    assert "no region" in await operator.runs("list", "--region", "atlantis", status=1)
    assert (await operator.runs("template")).startswith("Name,Agency,")
