"""The run whose samples a run has, where it did not generate all of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("source", sa.String(32)))


def downgrade() -> None:
    op.drop_column("runs", "source")
