"""How a promise to a caller ended: kept, or expired because nobody rang."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NEW = {
    "server_promises": ("ending",),
    "server_callbacks": ("kept_at", "ending"),
    "server_voice_messages": ("kept_at", "ending"),
}


def upgrade() -> None:
    for table, columns in NEW.items():
        for name in columns:
            kind = sa.Double() if name == "kept_at" else sa.String(10)
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, columns in NEW.items():
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
