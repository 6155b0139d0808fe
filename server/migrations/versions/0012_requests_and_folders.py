"""Who is responsible for a request, what belongs to it, who has taken it; folders that two people opened.

Goes: `ivr_attempts.agent`, which nothing ever wrote: no agent leads the protocol, the machine does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("crm_requests") as requests:
        requests.add_column(sa.Column("area", sa.String(length=40), server_default="", nullable=False))
        requests.add_column(sa.Column("reason", sa.String(length=400), server_default="", nullable=False))
        requests.create_index("ix_crm_requests_state_due_at", ["state", "due_at"], unique=False)
    with op.batch_alter_table("crm_contacts") as contacts:
        contacts.add_column(sa.Column("direction", sa.String(length=8), server_default="in", nullable=False))
    op.create_table(
        "crm_attachments",
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request"], ["crm_requests.reference"], name=op.f("fk_crm_attachments_request_crm_requests")
        ),
        sa.PrimaryKeyConstraint("request", "kind", "reference", name=op.f("pk_crm_attachments")),
    )
    op.create_table(
        "crm_claims",
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("until_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_crm_claims")),
        sa.UniqueConstraint("agent", name=op.f("uq_crm_claims_agent")),
    )
    op.create_table(
        "crm_unsealings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("second", sa.String(length=40), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_unsealings")),
    )
    with op.batch_alter_table("crm_unsealings") as unsealings:
        unsealings.create_index(op.f("ix_crm_unsealings_call"), ["call"], unique=False)
    with op.batch_alter_table("ivr_attempts") as attempts:
        attempts.drop_index("ix_ivr_attempts_agent_opened_at")
        attempts.drop_column("agent")


def downgrade() -> None:
    with op.batch_alter_table("ivr_attempts") as attempts:
        attempts.add_column(sa.Column("agent", sa.String(length=64), nullable=True))
        attempts.create_index("ix_ivr_attempts_agent_opened_at", ["agent", "opened_at"], unique=False)
    for table in ("crm_unsealings", "crm_claims", "crm_attachments"):
        op.drop_table(table)
    with op.batch_alter_table("crm_contacts") as contacts:
        contacts.drop_column("direction")
    with op.batch_alter_table("crm_requests") as requests:
        requests.drop_index("ix_crm_requests_state_due_at")
        requests.drop_column("reason")
        requests.drop_column("area")
