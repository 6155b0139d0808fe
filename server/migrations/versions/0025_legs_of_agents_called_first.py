"""How often an agent's telephone was rung first for a callback: each ring has an id of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queues_callbacks") as callbacks:
        callbacks.add_column(sa.Column("summons", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("queues_callbacks") as callbacks:
        callbacks.drop_column("summons")
