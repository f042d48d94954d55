"""Alembic environment of a tenant's schema: offline only, rendered once and applied by our runner.

Source: docs/decisions/0004-migrations.md
"""

from alembic import context

context.configure(dialect_name="postgresql", literal_binds=True, version_table="alembic_version")
context.run_migrations()
