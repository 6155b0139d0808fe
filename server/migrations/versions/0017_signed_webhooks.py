"""How far a foreign CRM has taken our webhooks, and which of its own were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_hooks_sent",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_server_hooks_sent"),
    )
    op.create_table(
        "server_hooks_taken",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server_hooks_taken"),
    )


def downgrade() -> None:
    op.drop_table("server_hooks_taken")
    op.drop_table("server_hooks_sent")
