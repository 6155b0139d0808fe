"""The tables of all rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ivr_attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ivr_attempts")),
    )
    op.create_index("ix_ivr_attempts_number_opened_at", "ivr_attempts", ["number", "opened_at"])
    op.create_index("ix_ivr_attempts_person_opened_at", "ivr_attempts", ["person", "opened_at"])
    op.create_table(
        "ivr_calls",
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("walk", sa.Text(), nullable=False),
        sa.Column("caller", sa.String(length=16), nullable=True),
        sa.Column("page", sa.String(length=32), nullable=True),
        sa.Column("wish", sa.JSON(), nullable=True),
        sa.Column("recording", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("kept_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_ivr_calls")),
    )
    op.create_table(
        "queues_agent_states",
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=60), nullable=True),
        sa.Column("until_at", sa.Double(), nullable=True),
        sa.Column("then", sa.String(length=12), nullable=False),
        sa.Column("then_reason", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_queues_agent_states")),
    )
    op.create_table(
        "queues_agents",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("display", sa.String(length=120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_queues_agents")),
    )
    op.create_table(
        "queues_outcomes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.Column("waited_s", sa.Float(), nullable=False),
        sa.Column("talked_s", sa.Float(), nullable=True),
        sa.Column("wrap_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queues_outcomes")),
    )
    op.create_index(op.f("ix_queues_outcomes_call"), "queues_outcomes", ["call"])
    op.create_index("ix_queues_outcomes_ended_at", "queues_outcomes", ["ended_at"])
    op.create_table(
        "queues_places",
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.Double(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("talk_since_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_queues_places")),
    )
    op.create_table(
        "recordings_marks",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("call", "kind", "offset_ms", name=op.f("pk_recordings_marks")),
    )
    op.create_table(
        "recordings_quarantine",
        sa.Column("path", sa.String(length=600), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_recordings_quarantine")),
    )
    op.create_table(
        "recordings_recordings",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("notice_key", sa.String(length=80), nullable=False),
        sa.Column("notice_offset_ms", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("orderly", sa.Boolean(), nullable=False),
        sa.Column("sealed_at", sa.Double(), nullable=True),
        sa.Column("flaw", sa.String(length=12), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("sha512", sa.String(length=128), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.Double(), nullable=True),
        sa.Column("trouble", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_recordings_recordings")),
    )
    op.create_index("ix_recordings_recordings_state_ended_at", "recordings_recordings", ["state", "ended_at"])
    op.create_table(
        "crm_calls",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("citizen", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_crm_calls")),
    )
    op.create_index(op.f("ix_crm_calls_request"), "crm_calls", ["request"])
    op.create_table(
        "crm_citizens",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("document", sa.String(length=16), nullable=False),
        sa.Column("given_name", sa.String(length=80), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_citizens")),
        sa.UniqueConstraint("document", name=op.f("uq_crm_citizens_document")),
    )
    op.create_table(
        "crm_outbox",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=True),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("write", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("refused", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_crm_outbox_key")),
    )
    op.create_index("ix_crm_outbox_done_at_id", "crm_outbox", ["done_at", "id"])
    op.create_table(
        "crm_serials",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_crm_serials")),
    )
    op.create_table(
        "crm_taken",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_crm_taken")),
    )
    op.create_table(
        "crm_cases",
        sa.Column("reference", sa.String(length=30), nullable=False),
        sa.Column("citizen", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("next_step", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["crm_citizens.id"], name=op.f("fk_crm_cases_citizen_crm_citizens")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_crm_cases")),
    )
    op.create_index(op.f("ix_crm_cases_citizen"), "crm_cases", ["citizen"])
    op.create_table(
        "crm_identity_facts",
        sa.Column("citizen", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("digits", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["crm_citizens.id"], name=op.f("fk_crm_identity_facts_citizen_crm_citizens")
        ),
        sa.PrimaryKeyConstraint("citizen", "question", name=op.f("pk_crm_identity_facts")),
    )
    op.create_table(
        "crm_requests",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("citizen", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("assignee", sa.String(length=40), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["crm_citizens.id"], name=op.f("fk_crm_requests_citizen_crm_citizens")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_crm_requests")),
    )
    op.create_index(op.f("ix_crm_requests_citizen"), "crm_requests", ["citizen"])
    op.create_table(
        "crm_telephones",
        sa.Column("telephone", sa.String(length=16), nullable=False),
        sa.Column("citizen", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"], ["crm_citizens.id"], name=op.f("fk_crm_telephones_citizen_crm_citizens")
        ),
        sa.PrimaryKeyConstraint("telephone", "citizen", name=op.f("pk_crm_telephones")),
    )
    op.create_index(op.f("ix_crm_telephones_citizen"), "crm_telephones", ["citizen"])
    op.create_table(
        "crm_contacts",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request"], ["crm_requests.reference"], name=op.f("fk_crm_contacts_request_crm_requests")
        ),
        sa.PrimaryKeyConstraint("call", "request", name=op.f("pk_crm_contacts")),
    )
    op.create_index(op.f("ix_crm_contacts_request"), "crm_contacts", ["request"])
    op.create_table(
        "web_accounts",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("display", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_web_accounts")),
    )
    op.create_table(
        "web_tries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_tries")),
    )
    op.create_index("ix_web_tries_account_address", "web_tries", ["account", "address"])
    op.create_index("ix_web_tries_address", "web_tries", ["address"])
    op.create_index(op.f("ix_web_tries_at"), "web_tries", ["at"])
    op.create_table(
        "web_sessions",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["web_accounts.name"], name=op.f("fk_web_sessions_account_web_accounts")
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_account"), "web_sessions", ["account"])
    op.create_index(op.f("ix_web_sessions_seen_at"), "web_sessions", ["seen_at"])
    op.create_table(
        "server_callbacks",
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("left_at", sa.Double(), nullable=False),
        sa.Column("request", sa.String(length=40), nullable=False),
        sa.Column("imported_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_server_callbacks")),
    )
    op.create_table(
        "server_facts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("call", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_facts")),
    )
    op.create_index("ix_server_facts_at", "server_facts", ["at"])
    op.create_index("ix_server_facts_call", "server_facts", ["call"])
    op.create_table(
        "server_passings",
        sa.Column("call", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_server_passings")),
    )


def downgrade() -> None:
    """Drop the tables, the dependent first; a table's indexes go with it."""
    for table in (
        "server_passings",
        "server_facts",
        "server_callbacks",
        "web_sessions",
        "web_tries",
        "web_accounts",
        "crm_contacts",
        "crm_telephones",
        "crm_requests",
        "crm_identity_facts",
        "crm_cases",
        "crm_taken",
        "crm_serials",
        "crm_outbox",
        "crm_citizens",
        "crm_calls",
        "recordings_recordings",
        "recordings_quarantine",
        "recordings_marks",
        "queues_places",
        "queues_outcomes",
        "queues_agents",
        "queues_agent_states",
        "ivr_calls",
        "ivr_attempts",
    ):
        op.drop_table(table)
