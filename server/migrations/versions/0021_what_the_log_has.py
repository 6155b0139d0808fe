"""What the evidence's log has of each row: the moment that was entered, beside the moment itself."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENTS = (
    ("recordings_recordings", "begun_at", "begun_logged"),
    ("recordings_keeping", "since", "since_logged"),
    ("recordings_keeping", "held_at", "held_logged"),
    ("recordings_listenings", "opened_at", "opened_logged"),
)


def upgrade() -> None:
    lite = op.get_bind().dialect.name == "sqlite"
    for table, moment, logged in MOMENTS:
        op.add_column(table, sa.Column(logged, sa.Double(), nullable=True))
        few = sa.text(f"{logged} IS {'NOT' if lite else 'DISTINCT FROM'} {moment}")
        op.create_index(
            f"ix_{table}_{moment}_not_logged", table, [moment], sqlite_where=few, postgresql_where=few
        )
    op.create_index("ix_recordings_stamps_until", "recordings_stamps", ["until"])


def downgrade() -> None:
    op.drop_index("ix_recordings_stamps_until", "recordings_stamps")
    for table, moment, logged in MOMENTS:
        op.drop_index(f"ix_{table}_{moment}_not_logged", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column(logged)
