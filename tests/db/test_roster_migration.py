"""0002 on a database that has lived at 0001: everybody keeps team, designation, training; nobody gains any."""

from datetime import date
from uuid import uuid4

import asyncpg
import pytest

from libs.tenancy import migrate
from tests import databases
from tests.databases import ROLES, Addresses

_OLD_MEMBER = """
    INSERT INTO shared.member (id, region_id, agency_id, name, team, rank, discipline, languages, email, phone,
        duty_phone, designated_on, lapses_on, training_hours, modules, is_coordinator)
    VALUES ($1, $2, $1, 'Somebody', $3, '', 'dispatch', '{en}', '', '', '', $4, $5, 60, $6, $7)
"""
_NEW = """
    SELECT t.kind, s.designated_on, s.lapses_on, s.role = 'coordinator', s.region_id,
        ARRAY(SELECT area FROM shared.training_module d WHERE d.member_id = m.id AND d.completed_on IS NULL ORDER BY 1)
    FROM shared.member m JOIN shared.membership s ON s.member_id = m.id JOIN shared.team t ON t.id = s.team_id
    WHERE m.id = $1
"""
DAY, END = date(2024, 2, 29), date(2027, 3, 1)
PEOPLE = [
    ("roving", DAY, END, ["scope", "resources"], True),
    ("command_level", None, None, [], False),
    ("roving", DAY, None, ["scope", "scope", "knitting"], False),
]


@pytest.fixture
async def old(addresses: Addresses, worker_id: str) -> tuple[str, str]:
    """A database at 0001, as its owner and as a superuser."""
    return await databases.at_version(addresses, f"{worker_id}_roster", "0001")


async def test_the_roster_of_0001_lives_on(old: tuple[str, str]) -> None:
    owner_url, superuser_url = old
    regions = [uuid4(), uuid4()]
    members = {uuid4(): (regions[number % 2], *person) for number, person in enumerate(PEOPLE)}
    connection = await asyncpg.connect(superuser_url)
    for region in regions:
        await connection.execute(
            "INSERT INTO shared.region (id, slug, name, time_zone, schema_name, schema_version, care_role,"
            " dispatch_role, program_role) SELECT $1::uuid, t, t, 'UTC', t, '0001', t, t, t FROM CAST($2 AS text) t",
            region,
            str(region),
        )
    for member, (region, team, since, until, modules, is_coordinator) in members.items():
        await connection.execute(_OLD_MEMBER, member, region, team, since, until, modules, is_coordinator)

    await migrate.upgrade_shared(owner_url, ROLES)

    assert await connection.fetchval("SELECT count(*) FROM shared.team") == 4
    for member, (region, team, since, until, modules, is_coordinator) in members.items():
        rows = [tuple(row) for row in await connection.fetch(_NEW, member)]
        known = sorted(set(modules) - {"knitting"})
        assert rows == [(team, since, until, is_coordinator, region, known)]
    assert await connection.fetchval("SELECT count(*) FROM shared.member") == len(PEOPLE)
    await connection.close()
