"""`python -m bench.bare PORT DATABASE_URL REGION_ID`: (l)'s other side, a FastAPI route with nothing around it.

And the same in a transaction, which every call of ours is in.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI

from services.api.intranet.rest import RosterOut, ShownPeerOut

PATH = "/bare"
IN_A_TRANSACTION = "/bare/in-a-transaction"
# What the product's view says, with the region's own rows asked for: nothing else keeps the others away here.
_SHOWN = """
    SELECT m.id, m.name, m.agency_id, m.discipline, m.languages,
        EXISTS (SELECT FROM shared.duty d JOIN shared.team t ON t.id = d.team_id AND t.kind <> 'in_house'
            WHERE d.peer_id = m.id AND d.starts_at <= shared.clock() AND d.ends_at > shared.clock()) AS is_on_duty,
        EXISTS (SELECT FROM shared.photo p WHERE p.member_id = m.id) AS has_photo
    FROM shared.member m
    WHERE m.region_id = $1 AND m.suspended_on IS NULL
        AND NOT EXISTS (SELECT FROM shared.not_shown n WHERE n.member_id = m.id)
        AND EXISTS (SELECT FROM shared.membership s WHERE s.member_id = m.id AND s.designated_on IS NOT NULL
            AND s.designated_on <= CAST(shared.clock() AS date)
            AND (s.lapses_on IS NULL OR s.lapses_on > CAST(shared.clock() AS date)))
        AND (m.name, m.id) > ('', '00000000-0000-0000-0000-000000000000')
    ORDER BY m.name, m.id LIMIT $2
"""


def bare_app(database_url: str, region_id: UUID) -> FastAPI:
    """Return an application of one route: the roster, to anybody."""
    names: dict[UUID, tuple[str, str]] = {}
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=10, max_size=10) as pool:
            pools.append(pool)
            rows = await pool.fetch("SELECT id, slug, name FROM shared.agency WHERE region_id = $1", region_id)
            names.update({row["id"]: (row["slug"], row["name"]) for row in rows})
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get(PATH)
    async def show_roster(limit: int = 20) -> RosterOut:
        return _out(await pools[0].fetch(_SHOWN, region_id, limit + 1), names, limit)

    @app.get(IN_A_TRANSACTION)
    async def show_roster_in_a_transaction(limit: int = 20) -> RosterOut:
        async with pools[0].acquire() as connection, connection.transaction():
            return _out(await connection.fetch(_SHOWN, region_id, limit + 1), names, limit)

    return app


def _out(rows: list[asyncpg.Record], names: dict[UUID, tuple[str, str]], limit: int) -> RosterOut:
    shown = [
        ShownPeerOut(
            id=row["id"],
            name=row["name"],
            center=names[row["agency_id"]][0],
            center_name=names[row["agency_id"]][1],
            discipline=row["discipline"],
            languages=row["languages"],
            on_duty=row["is_on_duty"],
            photo=f"{PATH}/{row['id']}/photo" if row["has_photo"] else None,
        )
        for row in rows[:limit]
    ]
    return RosterOut(data=shown, next_cursor=str(rows[-1]["id"]) if len(rows) > limit else None)


def main(port: str, database_url: str, region_id: str) -> None:
    """Serve as our API is served, without its log of each call."""
    uvicorn.run(
        bare_app(database_url, UUID(region_id)), host="127.0.0.1", port=int(port), log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
