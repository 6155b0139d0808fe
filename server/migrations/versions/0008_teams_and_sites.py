"""The team and the site of an agent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queues_agents") as agents:
        agents.add_column(sa.Column("team", sa.String(length=40), nullable=False, server_default=""))
        agents.add_column(sa.Column("site", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("queues_agents") as agents:
        agents.drop_column("site")
        agents.drop_column("team")
