"""Consent episodes: a statement read to a citizen, and the answer."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings_episodes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("leg", sa.String(length=80), nullable=False),
        sa.Column("citizen", sa.String(length=80), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("statement_id", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("statement_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("statement_to_ms", sa.BigInteger(), nullable=True),
        sa.Column("answer_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("answer_to_ms", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("heard_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings_episodes")),
    )
    op.create_index("ix_recordings_episodes_call", "recordings_episodes", ["call"])
    op.create_index("ix_recordings_episodes_outcome", "recordings_episodes", ["outcome"])


def downgrade() -> None:
    op.drop_table("recordings_episodes")
