"""Regions and agencies come to life: roles, a schema, the newest tables and the row, in one transaction each.

Never two tenants in one transaction: locks add up.

Source: docs/decisions/0004-migrations.md
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from libs.tenancy import migrate, names, telling, trees
from libs.tenancy.planes import PlaneKind, quoted
from libs.tenancy.trees import Tree


@dataclass(frozen=True, slots=True)
class NewRegion:
    """What a region is made of.

    Attributes:
        slug: its name in addresses, unique in the cell.
        time_zone: IANA name.
        line_phone: E.164 number of the peer line, or None where there is none yet.
    """

    slug: str
    name: str
    time_zone: str
    line_phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewAgency:
    """What an agency is made of.

    Attributes:
        discipline: dispatch, fire, ems or law.
        fcc_id: the FCC's PSAP id; None for an agency that the FCC does not know.
    """

    slug: str
    name: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None = None


async def create_region(
    connection: asyncpg.Connection,
    roles: names.RoleNames,
    new: NewRegion,
    *,
    sandbox_of: UUID | None = None,
    tree: Tree = trees.AGENCY,
) -> UUID:
    """Create a region with a care schema of its own, for requests whose agency is unknown or no tenant.

    Args:
        connection: the owner's, outside of a transaction.
        roles: names for this database.
        new: what it is made of.
        sandbox_of: the region whose integrators try things there; None for a region that people are in.
        tree: whose newest tables it gets.

    Returns:
        Its id; the id it has already when the slug is known, so that an interrupted set-up may run again.
    """
    known = await connection.fetchval("SELECT id FROM shared.region WHERE slug = $1", new.slug)
    if known is not None:
        return UUID(str(known))
    region_id, token = uuid4(), names.new_token()
    care, dispatch, program = (
        roles.tenant(kind, token) for kind in (PlaneKind.CARE, PlaneKind.DISPATCH, PlaneKind.PROGRAM)
    )
    async with connection.transaction():
        mine = {PlaneKind.CARE: care, PlaneKind.DISPATCH: dispatch, PlaneKind.PROGRAM: program}
        await connection.execute("SELECT foundation.make_roles($1, $2)", token, list(mine))
        await _add_schema(connection, names.schema(token), {PlaneKind.CARE: care}, tree)
        await connection.execute(
            """
            INSERT INTO shared.region
                (id, slug, name, time_zone, line_phone, schema_name, schema_version,
                 care_role, dispatch_role, program_role, sandbox_of)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            *(region_id, new.slug, new.name, new.time_zone, new.line_phone),
            *(names.schema(token), tree.head, care, dispatch, program, sandbox_of),
        )
    return region_id


async def create_agency(
    connection: asyncpg.Connection,
    roles: names.RoleNames,
    region_id: UUID,
    new: NewAgency,
    *,
    tree: Tree = trees.AGENCY,
    token: str | None = None,
) -> bool:
    """Create an agency in a region.

    Args:
        connection: the owner's, outside of a transaction.
        roles: names for this database.
        region_id: its home region.
        new: what it is made of.
        tree: whose newest tables it gets.
        token: what its schema and roles are called; drawn when None.

    Returns:
        True when it is new; False when its slug or FCC id was onboarded before, which changes nothing.
    """
    known = "SELECT EXISTS (SELECT FROM shared.agency WHERE slug = $1 OR fcc_id = $2)"
    if await connection.fetchval(known, new.slug, new.fcc_id):
        return False
    token = token or names.new_token()
    care, desk = (roles.tenant(kind, token) for kind in (PlaneKind.CARE, PlaneKind.DESK))
    agency_id = uuid4()
    async with connection.transaction():
        mine = {PlaneKind.CARE: care, PlaneKind.DESK: desk}
        await connection.execute("SELECT foundation.make_roles($1, $2)", token, list(mine))
        await _add_schema(connection, names.schema(token), mine, tree)
        await connection.execute(
            """
            INSERT INTO shared.agency (id, region_id, slug, name, status, discipline, state, county, city,
                fcc_id, schema_name, schema_version, care_role, desk_role)
            VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            *(agency_id, region_id, new.slug, new.name, new.discipline, new.state, new.county, new.city),
            *(new.fcc_id, names.schema(token), tree.head, care, desk),
        )
        await telling.of_agency(connection, telling.ADDED, agency_id)
    return True


async def _add_schema(
    connection: asyncpg.Connection, schema: str, roles_of_planes: dict[PlaneKind, str], tree: Tree
) -> None:
    await connection.execute(f"CREATE SCHEMA {quoted(schema)}")
    await connection.execute(f"SET LOCAL search_path TO {quoted(schema)}")
    await connection.execute(migrate.render(tree=tree))
    everybody = ", ".join(quoted(role) for role in roles_of_planes.values())
    await connection.execute(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {everybody}")
    await migrate.lay_tenant_grants(connection, roles_of_planes)
