"""What is another's and has no story of its own in tests/principals.py: an agency, an onboarding, a browser, an away.

Also the tokens that machines call with there.
"""

from uuid import uuid4

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.tenancy.directory import RegionRef
from tests.world import World, peer_id

OWN, NEIGHBOR = "redbank", "bluestem"
"""The center whose admin, directory and machine call, and another one of its region."""


async def laid(world: World, region: RegionRef, *, peer: object, admin: object) -> dict[str, dict[str, str]]:
    """Lay them in the other region, where `peer` and `admin` are; return their ids by kind, then by whose they are."""
    run, onboarding, away, session = world.copy.superuser.execute, uuid4(), uuid4(), uuid4()
    await run(
        "INSERT INTO shared.onboarding (id, region_id, asked_by, asked_at, slug, name, discipline, state, county, city,"
        " outcome, attempt, due_at) VALUES ($1, $2, $3, shared.clock(), 'somewhere', 'Somewhere', 'fire', 'MO', '', '',"
        " 'waiting', 0, shared.clock() + interval '1 year')",
        *(onboarding, region.id, admin),
    )
    aways = {"elsewhere": (away, peer, region.id), "cleo": (uuid4(), peer_id("cleo"), (await world.heartland()).id)}
    for one in aways.values():
        await run(
            "INSERT INTO shared.away VALUES ($1, $2, $3, shared.clock() + interval '20 days',"
            " shared.clock() + interval '21 days')",
            *one,
        )
    await world.signs_in(admin)  # type: ignore[arg-type]  # an account's id
    session = (await world.rows("SELECT id FROM shared.sign_in WHERE account_id = $1", admin))[0][0]
    agency = (await world.planes.tenants()).agencies_of(region)[2]
    return {
        "agency_id": {"elsewhere": str(agency.id)},
        "onboarding_id": {"elsewhere": str(onboarding)},
        "away_id": {owner: str(one[0]) for owner, one in aways.items()},
        "sign_in_id": {"admin elsewhere": str(session)},
    }


async def slugs(world: World, region: RegionRef) -> dict[str, str]:
    """Return centers by whose they are: their names are no secret, and what is behind them is."""
    there = (await world.planes.tenants()).agencies_of(region)[0]
    return {"own center": OWN, "neighbor": NEIGHBOR, "center elsewhere": there.slug}


async def swept(world: World) -> None:
    """Take away what goes with no account."""
    await world.copy.superuser.execute("DELETE FROM shared.onboarding")
    await world.copy.superuser.execute("DELETE FROM shared.away")


async def tokens(world: World) -> dict[str, str]:
    """Return access tokens: of what they are for; webhooks have owners of their own (tests/principals.py)."""
    region_id, center = (await world.heartland()).id, (await world.planes.tenants()).agency(OWN)
    made = {}
    async with world.planes.door() as door:
        for name, scope, agency_id in (
            ("right", "agencies:read", None),
            ("old", "agencies:read", None),
            ("sandbox", "sandbox:write", None),
            ("reports", "incidents:write", None),
            ("center", "incidents:write", center.id),
            ("roster", "roster:read", None),
        ):
            client = NewClient(f"t1_{name}", region_id, scope, secret=name, agency_id=agency_id)
            await clients.put(door, client)
            made[name] = await clients.issue_access_token(door, f"t1_{name}", scope)
        for name, client_id, scope in (
            ("hooks", "t1_hooks_own", "webhooks:write"),
            ("looks", "t1_hooks_own", "webhooks:read"),
            ("elsewhere", "t1_elsewhere", "webhooks:read"),
        ):
            made[name] = await clients.issue_access_token(door, client_id, scope)
    return made
