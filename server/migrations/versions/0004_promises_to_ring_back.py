"""Promises to ring back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_promises",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("hours", sa.String(length=20), nullable=False),
        sa.Column("promised_at", sa.Double(), nullable=False),
        sa.Column("kept_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_server_promises")),
    )
    for whose in ("number", "person"):
        op.create_index(
            f"uq_server_promises_open_{whose}",
            "server_promises",
            [whose],
            unique=True,
            sqlite_where=sa.text("kept_at IS NULL"),
            postgresql_where=sa.text("kept_at IS NULL"),
        )


def downgrade() -> None:
    for whose in ("person", "number"):
        op.drop_index(f"uq_server_promises_open_{whose}", table_name="server_promises")
    op.drop_table("server_promises")
