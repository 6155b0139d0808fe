"""What a one-time code was given for, in the proof of level 2; writes about a request, found by their request."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_crm_outbox_request_id", "crm_outbox", ["request", "id"])
    op.add_column("ivr_proofs", sa.Column("procedure", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("ivr_proofs") as batch:
        batch.drop_column("procedure")
    op.drop_index("ix_crm_outbox_request_id", "crm_outbox")
