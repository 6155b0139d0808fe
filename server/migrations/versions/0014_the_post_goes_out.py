"""How messages go out: until when each is good, its sendings, the short links; a limit of codes for each number."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("messages_outbox") as outbox:
        outbox.add_column(sa.Column("good_until", sa.Double(), nullable=False, server_default="0"))
        outbox.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="waiting"))
        outbox.add_column(sa.Column("parted", sa.Boolean(), nullable=False, server_default=sa.false()))
    # What was left before there was a post is too old to go, and no code stays in plain.
    op.execute("UPDATE messages_outbox SET state = 'expired', good_until = left_at")
    op.execute("UPDATE messages_outbox SET text = '' WHERE message = 'code'")
    with op.batch_alter_table("messages_outbox") as outbox:
        outbox.alter_column("good_until", server_default=None)
    op.create_index("ix_messages_outbox_parted_state", "messages_outbox", ["parted", "state"])
    op.create_table(
        "messages_sendings",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("letter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("doubts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("remote", sa.String(length=65), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter"], ["messages_outbox.id"], name=op.f("fk_messages_sendings_letter_messages_outbox")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages_sendings")),
        sa.UniqueConstraint(
            "letter", "channel", "part", name=op.f("uq_messages_sendings_letter_channel_part")
        ),
    )
    op.create_index(op.f("ix_messages_sendings_letter"), "messages_sendings", ["letter"])
    op.create_index(op.f("ix_messages_sendings_remote"), "messages_sendings", ["remote"])
    op.create_index("ix_messages_sendings_state_next_at", "messages_sendings", ["state", "next_at"])
    op.create_table(
        "messages_links",
        sa.Column("token", sa.String(length=8), nullable=False),
        sa.Column("target", sa.String(length=400), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_messages_links")),
    )
    with op.batch_alter_table("ivr_codes") as codes:
        codes.add_column(sa.Column("number", sa.String(length=64), nullable=True))
        codes.add_column(sa.Column("right", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_ivr_codes_number_issued_at", "ivr_codes", ["number", "issued_at"])
    op.create_table(
        "ivr_code_blocks",
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_ivr_code_blocks")),
    )


def downgrade() -> None:
    op.drop_table("ivr_code_blocks")
    op.drop_index("ix_ivr_codes_number_issued_at", "ivr_codes")
    with op.batch_alter_table("ivr_codes") as codes:
        codes.drop_column("right")
        codes.drop_column("number")
    op.drop_table("messages_links")
    op.drop_table("messages_sendings")
    op.drop_index("ix_messages_outbox_parted_state", "messages_outbox")
    with op.batch_alter_table("messages_outbox") as outbox:
        for column in ("parted", "state", "good_until"):
            outbox.drop_column(column)
