"""Signed recordings, their time stamps, and the log that they are entered into."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings_evidence",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("vcon", sa.Text(), nullable=True),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("certificate", sa.String(length=43), nullable=False),
        sa.Column("signed_at", sa.Double(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("stamped_at", sa.Double(), nullable=True),
        sa.Column("stamp_until", sa.Double(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.Double(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_recordings_evidence")),
        sa.UniqueConstraint("id", name=op.f("uq_recordings_evidence_id")),
        sa.UniqueConstraint("leaf", name=op.f("uq_recordings_evidence_leaf")),
    )
    op.create_index("ix_recordings_evidence_stamped_at", "recordings_evidence", ["stamped_at"])
    op.create_index("ix_recordings_evidence_stamp_until", "recordings_evidence", ["stamp_until"])
    op.create_table(
        "recordings_stamps",
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("subject", "number", name=op.f("pk_recordings_stamps")),
    )
    op.create_table(
        "recordings_log",
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_recordings_log")),
    )
    op.create_index("ix_recordings_log_kind_at", "recordings_log", ["kind", "at"])
    op.create_table(
        "recordings_log_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_recordings_log_tiles")),
    )
    op.create_table(
        "recordings_log_heads",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=44), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_recordings_log_heads")),
    )


def downgrade() -> None:
    for table in (
        "recordings_log_heads",
        "recordings_log_tiles",
        "recordings_log",
        "recordings_stamps",
        "recordings_evidence",
    ):
        op.drop_table(table)
