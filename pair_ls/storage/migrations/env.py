"""Alembic runs this file; the connection is the one that `schema.upgrade` opened."""

from alembic import context

from pair_ls.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
