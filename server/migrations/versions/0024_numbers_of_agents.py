"""The number outside on which an agent may be rung."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queues_agents") as agents:
        agents.add_column(sa.Column("outside", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("queues_agents") as agents:
        agents.drop_column("outside")
