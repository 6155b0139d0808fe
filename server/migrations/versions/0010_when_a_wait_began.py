"""When the wait of a place in line began, which may be later than its turn."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("queues_places") as places:
        places.add_column(sa.Column("began_at", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("queues_places") as places:
        places.drop_column("began_at")
