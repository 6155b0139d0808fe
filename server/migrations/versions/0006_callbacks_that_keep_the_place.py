"""Callbacks that keep the place, and messages that callers leave."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queues_callbacks",
        sa.Column("serial", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_queues_callbacks")),
        sa.UniqueConstraint("call", name=op.f("uq_queues_callbacks_call")),
    )
    for whose in ("number", "person"):
        op.create_index(
            f"uq_queues_callbacks_open_{whose}",
            "queues_callbacks",
            [whose],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_table(
        "server_voice_messages",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("left_at", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("sha512", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_server_voice_messages")),
    )


def downgrade() -> None:
    op.drop_table("server_voice_messages")
    for whose in ("person", "number"):
        op.drop_index(f"uq_queues_callbacks_open_{whose}", table_name="queues_callbacks")
    op.drop_table("queues_callbacks")
