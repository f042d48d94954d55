"""Alembic environment of schema `shared`: online, on the owner's connection that the runner hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="alembic_version",
    version_table_schema="shared",
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
