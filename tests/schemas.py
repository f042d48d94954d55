"""What a tenant's schema is in every respect, and a tree with a revision more, to migrate for real."""

import shutil
from pathlib import Path

import asyncpg

from libs.tenancy import trees
from libs.tenancy.trees import Tree

# Roles carry their tenant's token, which differs; without it, equal schemas print equal lines.
FINGERPRINTS = """
    WITH tenant AS (
        SELECT oid, nspname, nspacl, substr(nspname, 3) AS token FROM pg_namespace WHERE nspname LIKE 't\\_%'
    ), relation AS (
        SELECT c.*, t.nspname, t.token FROM pg_class c JOIN tenant t ON t.oid = c.relnamespace
    ), line AS (
        SELECT nspname, token, concat_ws(' ', 'schema', nspacl) AS said FROM tenant
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'relation', relname, relkind, relpersistence, relrowsecurity,
            relforcerowsecurity, pg_get_userbyid(relowner), relacl) FROM relation
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'column', relname, attnum, attname, format_type(atttypid, atttypmod),
            attnotnull, attidentity, attgenerated, attacl, pg_get_expr(adbin, adrelid))
        FROM relation JOIN pg_attribute a ON a.attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'constraint', relname, conname, convalidated, pg_get_constraintdef(k.oid))
        FROM relation JOIN pg_constraint k ON k.conrelid = relation.oid
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'index', relname, indisvalid,
            replace(pg_get_indexdef(indexrelid), nspname || '.', ''))
        FROM relation JOIN pg_index ON indexrelid = relation.oid
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'trigger', relname, tgname) FROM relation
        JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
        UNION ALL
        SELECT nspname, token, concat_ws(' ', 'policy', relname, polname) FROM relation
        JOIN pg_policy ON polrelid = relation.oid
    )
    SELECT nspname, string_agg(replace(said, token, '…'), E'\\n' ORDER BY replace(said, token, '…'))
    FROM line GROUP BY nspname
"""

SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE setting ADD COLUMN changed_on date")
    op.execute("SELECT pg_sleep({pause_s})")
    op.execute("CREATE TABLE note (id uuid NOT NULL, setting_name text NOT NULL)")
    op.execute("ALTER TABLE note ADD CONSTRAINT note_pkey PRIMARY KEY (id)")
    op.execute("SELECT pg_sleep({pause_s})")
    op.execute("CREATE INDEX note_setting_name_idx ON note (setting_name)")
    op.execute("INSERT INTO setting (name, value, changed_on) VALUES ('second', 'yes', '2026-01-01')")
"""


async def fingerprints(connection: asyncpg.Connection, *, regions: bool = True) -> dict[str, str]:
    """Return each tenant's schema with everything that the catalogue says of it.

    Args:
        connection: a superuser's.
        regions: False leaves out the regions' own schemas, which have no desk and so fewer privileges.
    """
    found = {row[0]: str(row[1]) for row in await connection.fetch(FINGERPRINTS)}
    if not regions:
        for row in await connection.fetch("SELECT schema_name FROM shared.region"):
            del found[row[0]]
    return found


async def versions(connection: asyncpg.Connection) -> dict[str, tuple[str, str]]:
    """Return each tenant's schema with the version that it says itself, and the one that the directory says."""
    said = {
        row[0]: row[1]
        for table in ("region", "agency")
        for row in await connection.fetch(f"SELECT schema_name, schema_version FROM shared.{table}")
    }
    own = " UNION ALL ".join(f"SELECT '{schema}', version_num FROM {schema}.alembic_version" for schema in said)
    return {row[0]: (row[1], said[row[0]]) for row in await connection.fetch(own)}


def with_a_second_revision(folder: Path, *, pause_s: float = 0.0, second: str = SECOND) -> Tree:
    """Copy the tenants' tree and add a revision, which is no part of the product."""
    tree = folder / "tree"
    shutil.copytree(trees.AGENCY.folder, tree, ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "versions" / "0002_second.py").write_text(second.replace("{pause_s}", str(pause_s)))
    return Tree(tree)
