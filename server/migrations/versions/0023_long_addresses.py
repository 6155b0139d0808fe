"""An e-mail address may be as long as RFC 5321 lets it be: whoever has one must be warned, too."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages_outbox") as outbox:
        outbox.alter_column("email", type_=sa.String(length=254), existing_type=sa.String(length=120))


def downgrade() -> None:
    with op.batch_alter_table("messages_outbox") as outbox:
        outbox.alter_column("email", type_=sa.String(length=120), existing_type=sa.String(length=254))
