"""Identities: keyed answers, proofs, one-time codes, questions asked.

The answers of citizens stood in plain until here. They are hashed with the installation's secret (the rule of
`crm_bridge.answers` at the time of writing), and the plain ones are overwritten, not only forgotten.
"""

import hmac

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _need_the_secret()  # before anything: SQLite takes no part of a migration back
    op.create_table(
        "ivr_asked",
        sa.Column("attempt", sa.String(length=32), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "question", name=op.f("pk_ivr_asked")),
    )
    with op.batch_alter_table("ivr_asked", schema=None) as batch_op:
        batch_op.create_index("ix_ivr_asked_person_at", ["person", "at"], unique=False)

    op.create_table(
        "ivr_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("procedure", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.Double(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("spent_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ivr_codes")),
    )
    with op.batch_alter_table("ivr_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ivr_codes_call"), ["call"], unique=False)
        batch_op.create_index("ix_ivr_codes_person_issued_at", ["person", "issued_at"], unique=False)

    op.create_table(
        "ivr_proofs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("call", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ivr_proofs")),
    )
    with op.batch_alter_table("ivr_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ivr_proofs_call"), ["call"], unique=False)
        batch_op.create_index(batch_op.f("ix_ivr_proofs_person"), ["person"], unique=False)

    with op.batch_alter_table("crm_citizens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("affiliation", sa.String(length=12), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_crm_citizens_affiliation"), ["affiliation"])

    _hash_the_answers()

    with op.batch_alter_table("ivr_attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_ivr_attempts_agent_opened_at", ["agent", "opened_at"], unique=False)


def _need_the_secret() -> None:
    answers = op.get_bind().execute(sa.text("SELECT count(*) FROM crm_identity_facts")).scalar_one()
    if answers and not context.config.attributes.get("register"):
        raise RuntimeError("Answers of citizens wait to be hashed: migrate with `ventanilla db upgrade`.")


def _hash_the_answers() -> None:
    """Put a keyed hash in place of every answer."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten in the file
    with op.batch_alter_table("crm_identity_facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer", sa.String(length=64), nullable=True))
    facts = sa.table("crm_identity_facts", *map(sa.column, ("citizen", "question", "digits", "answer")))
    rows = connection.execute(sa.select(facts.c.citizen, facts.c.question, facts.c.digits)).all()
    for citizen, question, digits in rows:
        mine = (facts.c.citizen == citizen) & (facts.c.question == question)
        hashed = _keyed(context.config.attributes["register"], citizen, question, digits)
        connection.execute(sa.update(facts).where(mine).values(answer=hashed, digits=""))
    with op.batch_alter_table("crm_identity_facts", schema=None) as batch_op:
        batch_op.alter_column("answer", existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_column("digits")


def _keyed(register: bytes, citizen: str, question: str, digits: str) -> str:
    said = "\0".join((citizen, question, digits.lstrip("0") or "0"))
    return hmac.digest(register, said.encode(), "sha256").hex()


def downgrade() -> None:
    with op.batch_alter_table("ivr_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_ivr_attempts_agent_opened_at")
        batch_op.drop_column("agent")

    op.execute("DELETE FROM crm_identity_facts")  # a hash does not become an answer again
    with op.batch_alter_table("crm_identity_facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("digits", sa.VARCHAR(length=20), nullable=False))
        batch_op.drop_column("answer")

    with op.batch_alter_table("crm_citizens", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_crm_citizens_affiliation"), type_="unique")
        batch_op.drop_column("affiliation")
        batch_op.drop_column("locked")

    with op.batch_alter_table("ivr_proofs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ivr_proofs_person"))
        batch_op.drop_index(batch_op.f("ix_ivr_proofs_call"))

    op.drop_table("ivr_proofs")
    with op.batch_alter_table("ivr_codes", schema=None) as batch_op:
        batch_op.drop_index("ix_ivr_codes_person_issued_at")
        batch_op.drop_index(batch_op.f("ix_ivr_codes_call"))

    op.drop_table("ivr_codes")
    with op.batch_alter_table("ivr_asked", schema=None) as batch_op:
        batch_op.drop_index("ix_ivr_asked_person_at")

    op.drop_table("ivr_asked")
