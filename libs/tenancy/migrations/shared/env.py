"""Alembic environment of schema `shared`: online, on the owner's connection that the runner hands over.

Offline it renders, for `owncall migrate plan` and the checks.
"""

from alembic import context

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, version_table_schema="shared")
    context.run_migrations()
else:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, version_table_schema="shared", include_schemas=True)
    with context.begin_transaction():
        context.run_migrations()
