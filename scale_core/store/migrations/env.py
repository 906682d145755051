"""How Alembic reaches the store's database: always over the connection that it is handed."""

from __future__ import annotations

from alembic import context

from scale_core.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
