"""The vault: recordings' keys, how long they are kept, and who listened."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings_keys",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("kek", sa.String(length=40), nullable=False),
        sa.Column("plain", sa.BigInteger(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("wrapped_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_recordings_keys")),
    )
    op.create_index("ix_recordings_keys_kek", "recordings_keys", ["kek"])
    op.create_table(
        "recordings_keeping",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("keeping", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Double(), nullable=True),
        sa.Column("hold", sa.String(length=200), nullable=True),
        sa.Column("held_by", sa.String(length=40), nullable=True),
        sa.Column("held_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_recordings_keeping")),
    )
    op.create_table(
        "recordings_listenings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("second", sa.String(length=40), nullable=True),
        sa.Column("seconded_at", sa.Double(), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings_listenings")),
    )
    op.create_index("ix_recordings_listenings_call", "recordings_listenings", ["call"])
    op.create_index("ix_recordings_listenings_asked_at", "recordings_listenings", ["asked_at"])


def downgrade() -> None:
    for table in ("recordings_listenings", "recordings_keeping", "recordings_keys"):
        op.drop_table(table)
