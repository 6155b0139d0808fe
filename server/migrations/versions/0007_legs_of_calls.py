"""The legs of calls that are more than a caller and an agent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_legs",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("second", sa.String(length=40), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_server_legs")),
    )


def downgrade() -> None:
    op.drop_table("server_legs")
