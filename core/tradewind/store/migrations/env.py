"""Run migrations on the connection that `tradewind.store.schema.migrate` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from tradewind.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
