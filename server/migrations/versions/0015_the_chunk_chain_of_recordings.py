"""The chunk chain of recordings: what was added, hashed while it was written."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings_chunks",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_byte", sa.BigInteger(), nullable=False),
        sa.Column("to_byte", sa.BigInteger(), nullable=False),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("link", sa.String(length=128), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call", "number", name=op.f("pk_recordings_chunks")),
    )
    op.create_table(
        "recordings_chains",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=128), nullable=False),
        sa.Column("broken_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_recordings_chains")),
    )


def downgrade() -> None:
    op.drop_table("recordings_chains")
    op.drop_table("recordings_chunks")
