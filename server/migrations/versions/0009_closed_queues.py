"""Queues that a supervisor closed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_closures",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("waiting", sa.String(length=12), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_server_closures")),
    )


def downgrade() -> None:
    op.drop_table("server_closures")
