"""Codes rest sealed, and what was sent is known to be in the folder or not."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages_outbox", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    # A code in plain is not sent any more: it is good for minutes, and the caller has another one sent.
    op.execute(
        "UPDATE messages_sendings SET state = 'expired', why = 'too_old' WHERE state IN ('waiting', 'sending')"
        " AND letter IN (SELECT id FROM messages_outbox WHERE message = 'code')"
    )
    op.execute("UPDATE messages_outbox SET state = 'expired' WHERE message = 'code' AND state = 'waiting'")
    op.execute("UPDATE messages_outbox SET text = '' WHERE message = 'code'")
    op.add_column(
        "messages_sendings", sa.Column("filed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # What was sent until now was filed as it went.
    op.execute(sa.text("UPDATE messages_sendings SET filed = :yes").bindparams(yes=True))
    op.create_index("ix_messages_sendings_filed_state", "messages_sendings", ["filed", "state"])


def downgrade() -> None:
    op.drop_index("ix_messages_sendings_filed_state", "messages_sendings")
    with op.batch_alter_table("messages_sendings") as sendings:
        sendings.drop_column("filed")
    with op.batch_alter_table("messages_outbox") as outbox:
        outbox.drop_column("sealed")
