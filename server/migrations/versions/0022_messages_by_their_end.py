"""What is too old to go is found without reading every message that ever was."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_outbox_good_until", "messages_outbox", ["good_until"])


def downgrade() -> None:
    op.drop_index("ix_messages_outbox_good_until", "messages_outbox")
