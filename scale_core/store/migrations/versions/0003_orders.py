"""PostgreSQL finds the first runs of an order without sorting all of an owner's.

Its indexes of 0001 do not give an order: it does not see that `deleted IS NULL` leaves one value.
SQLite does, and keeps them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ORDERS = {
    "live_by_tokens": "tokens",  # the fewest first; unknown ones stand last in either order
    "live_by_most_tokens": "tokens DESC NULLS LAST",
    "live_by_seconds": "seconds",
    "live_by_created": "created",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name, order in ORDERS.items():
        there = sa.text("deleted IS NULL")
        op.create_index(name, "runs", ["owner", sa.text(order)], postgresql_where=there)
    for name in ("tokens", "seconds"):
        op.drop_index(f"runs_by_{name}", "runs")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in ("tokens", "seconds"):
        op.create_index(f"runs_by_{name}", "runs", ["owner", "deleted", name])
    for name in ORDERS:
        op.drop_index(name, "runs")
