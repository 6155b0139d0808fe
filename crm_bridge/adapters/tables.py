"""The bridge's tables: our own small CRM, and what the bridge keeps whatever CRM stands behind it."""

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows by itself only in a column that is INTEGER to the letter.
_Serial = BigInteger().with_variant(Integer(), "sqlite")

# --- The built-in CRM ---
citizens = Table(
    "crm_citizens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("document", String(16), nullable=False, unique=True),
    Column("given_name", String(80), nullable=False),
    Column("family_name", String(120), nullable=False),
    Column("language", String(8), nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("locked", Boolean, nullable=False, server_default=false()),
    Column("affiliation", String(12), unique=True),  # NSS
)
telephones = Table(
    "crm_telephones",
    metadata,
    Column("telephone", String(16), primary_key=True),
    Column("citizen", ForeignKey("crm_citizens.id"), primary_key=True, index=True),
)
identity_facts = Table(
    "crm_identity_facts",
    metadata,
    Column("citizen", ForeignKey("crm_citizens.id"), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("answer", String(64), nullable=False),  # a keyed hash: crm_bridge.answers
)
cases = Table(
    "crm_cases",
    metadata,
    Column("reference", String(30), primary_key=True),
    Column("citizen", ForeignKey("crm_citizens.id"), nullable=False, index=True),
    Column("subject", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("since", Date, nullable=False),
    Column("next_step", String(20), nullable=False),
)
requests = Table(
    "crm_requests",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("citizen", ForeignKey("crm_citizens.id"), index=True),
    Column("subject", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("assignee", String(40)),
    Column("opened_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("area", String(40), nullable=False, server_default=""),
    Column("reason", String(400), nullable=False, server_default=""),
)
Index("ix_crm_requests_state_due_at", requests.c.state, requests.c.due_at)
contacts = Table(
    "crm_contacts",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("request", ForeignKey("crm_requests.reference"), primary_key=True, index=True),
    Column("channel", String(20), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("agent", String(40)),
    Column("outcome", String(40)),
    Column("notes", Text),
    Column("at", Double, nullable=False),
    Column("direction", String(8), nullable=False, server_default="in"),
)
attachments = Table(
    "crm_attachments",
    metadata,
    Column("request", ForeignKey("crm_requests.reference"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("reference", String(200), primary_key=True),
    Column("at", Double, nullable=False),
)
# Writes that were taken, by key, noted in the transaction that made their changes: a replay finds its key.
taken = Table(
    "crm_taken", metadata, Column("key", String(200), primary_key=True), Column("at", Double, nullable=False)
)

# --- The bridge's own ---
serials = Table(
    "crm_serials",
    metadata,
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)
calls = Table(
    "crm_calls",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("request", String(20), nullable=False, index=True),
    Column("citizen", String(40)),
    Column("subject", String(40), nullable=False),
    Column("own", Boolean, nullable=False),  # opened by this very call, not continued
    Column("at", Double, nullable=False),
)
outbox = Table(
    "crm_outbox",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("call", String(80)),
    Column("request", String(20), nullable=False),
    Column("write", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done_at", Double),
    Column("refused", String(200)),
)
Index("ix_crm_outbox_done_at_id", outbox.c.done_at, outbox.c.id)
Index("ix_crm_outbox_request_id", outbox.c.request, outbox.c.id)
# Back-office work that an agent took: one agent for a request, until a time.
claims = Table(
    "crm_claims",
    metadata,
    Column("request", String(20), primary_key=True),
    Column("agent", String(40), nullable=False, unique=True),
    Column("until_at", Double, nullable=False),
)
# Folders of protected persons that were asked for, and what the second person said. For one agent in one contact.
unsealings = Table(
    "crm_unsealings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(80), nullable=False, index=True),
    Column("agent", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_at", Double, nullable=False),
    Column("second", String(40)),
    Column("granted", Boolean),
    Column("decided_at", Double),
)


async def insert_once(connection: AsyncConnection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key stands there already; say whether it was inserted."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done = await connection.execute(make(table).values(dict(values)).on_conflict_do_nothing())
    return done.rowcount == 1
