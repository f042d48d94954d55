"""A database that has lived at 0014, with a row in every table, comes to today's version and loses none of them."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from libs.tenancy import migrate, trees
from tests import databases
from tests.databases import ROLES, Addresses

BEFORE = "0014"
ONE, OTHER = UUID(int=1), UUID(int=2)
"""Every id is the same one, so that every reference leads to the one row that is there."""
DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAIN: dict[str, object] = {
    "uuid": ONE,
    "text": "x",
    "_text": [],
    "_uuid": [],
    "bytea": b"x",
    "int4": 1,
    "int8": 1,
    "float8": 1.0,
    "bool": False,
    "date": DAY,
    "timestamptz": NOON,
    "time": time(8),
    "interval": timedelta(minutes=1),
    "jsonb": "{}",
}
BY_NAME: dict[str, object] = {
    "ends_at": NOON + timedelta(hours=1),
    "until_hours": 2,
    "to_id": OTHER,
    "weekdays": "1234567",
    "body": "{}",
}
"""What a rule over two columns asks for, or the form of a text."""
ALSO = {"agreement": ("partner_id",), "follow_up": ("next_at",), "account": ("member_id", "agency_id", "region_id")}
"""Columns that may be empty, and not where the others are filled in like this."""
_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version' ORDER BY 1
"""
_COLUMNS = """
    SELECT attname, typname, attnotnull AND NOT atthasdef FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
    WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
_CHECKS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'"


async def fill(connection: asyncpg.Connection, table: str) -> None:
    """Put one row there: the first that each rule lets in, and nothing where nothing has to be."""
    rules = [row[0] for row in await connection.fetch(_CHECKS, f"shared.{table}")]
    row: dict[str, object] = {}
    for name, kind, is_needed in await connection.fetch(_COLUMNS, f"shared.{table}"):
        if is_needed or name in ALSO.get(table, ()):
            row[name] = _first_known(rules, name) or BY_NAME.get(name, PLAIN[kind])
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await connection.execute(f"INSERT INTO shared.{table} ({', '.join(row)}) VALUES ({places})", *row.values())


def _first_known(rules: list[str], name: str) -> str | None:
    """The first word of those that a column may hold; None where any text will do."""
    found = [re.match(rf"CHECK \(\({name} = (?:ANY \(ARRAY\[)?'(\w+)'", rule) for rule in rules]
    return next((one[1] for one in found if one), None)


async def everything(connection: asyncpg.Connection, tables: list[str]) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [json.loads(row[0]) for row in await connection.fetch(f"SELECT to_jsonb(t) FROM shared.{table} t")]
        for table in tables
    }


async def test_a_row_of_every_table_of_0014_lives_on(addresses: Addresses, worker_id: str) -> None:
    owner_url, superuser_url = await databases.at_version(addresses, f"{worker_id}_older", BEFORE)
    connection: asyncpg.Connection = await asyncpg.connect(superuser_url)
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    # In whatever order: all references hold in the end.
    await connection.execute("SET session_replication_role = replica")
    for table in tables:
        await fill(connection, table)
    before = await everything(connection, tables)
    assert len(tables) > 50
    assert {len(rows) for rows in before.values()} == {1}

    await migrate.upgrade_shared(owner_url, ROLES)

    after = await everything(connection, tables)
    assert await connection.fetchval("SELECT version_num FROM shared.alembic_version") == trees.SHARED.head
    for table, (row,) in before.items():
        assert len(after[table]) == 1, table
        assert _kept(row, after[table][0]) == row, table
    assert after["sign_in_link"][0]["kind"] == "sign_in"
    assert after["sign_in"][0]["proved_at"]
    await connection.close()


def _kept(row: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What a row says today of the columns that it had."""
    return {name: after.get(name) for name in row}
