"""The tables of the reference implementation: what an institution's own systems would know."""

from collections.abc import Mapping

from sqlalchemy import (
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
    UniqueConstraint,
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

# --- What all systems share ---
# Writes that were taken, noted in the transaction that made their changes: a replay finds its key and its answer.
taken = Table(
    "corporate_taken",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("what", String(64), nullable=False),  # a hash of the whole write: a key belongs to one write only
    Column("answer", Text, nullable=False),
    Column("at", Double, nullable=False),
)
serials = Table(
    "corporate_serials",
    metadata,
    Column("letters", String(2), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)
# Requests that people of the institution will work on; `details` is JSON.
orders = Table(
    "corporate_orders",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("kind", String(30), nullable=False),
    Column("person", String(40), index=True),
    Column("details", Text, nullable=False),
    Column("at", Double, nullable=False),
)

# --- affiliation ---
addresses = Table(
    "corporate_addresses",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("street", String(120), nullable=False),
    Column("house", String(40), nullable=False),
    Column("postcode", String(5), nullable=False),
    Column("town", String(80), nullable=False),
)
contacts = Table(
    "corporate_contacts",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("mobile", String(16)),
    Column("email", String(120)),
    Column("language", String(8), nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("before", String(16)),
)

# --- pensions and subsidies ---
benefits = Table(
    "corporate_benefits",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("kind", String(30), primary_key=True),
    Column("system", String(12), nullable=False),  # pensions or subsidies
    Column("monthly_cents", Integer, nullable=False),
    Column("complement_cents", Integer, nullable=False),
    Column("withholding_cents", Integer, nullable=False),
    Column("revaluation_hundredths", Integer, nullable=False),
    Column("pay_day", SmallInteger, nullable=False),  # of the month; the next payment follows from today
    Column("since", Date, nullable=False),
    Column("payments", SmallInteger, nullable=False),
    Column("concurrent", Boolean, nullable=False),
)
accounts = Table(
    "corporate_accounts",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("iban", String(34), nullable=False),
)
health_cards = Table(
    "corporate_health_cards",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("expires", Date),
    Column("requested", Date),
    Column("sent", Boolean, nullable=False),
)

# --- cases ---
cases = Table(
    "corporate_cases",
    metadata,
    Column("reference", String(30), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("subject", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("since", Date, nullable=False),
    Column("next_step", String(20), nullable=False),
)
surveys = Table(
    "corporate_surveys",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("mark", SmallInteger, nullable=False),
    Column("at", Double, nullable=False),
)

# --- appointments ---
offices = Table(
    "corporate_offices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("street", String(120), nullable=False),
    Column("town", String(80), nullable=False),
    Column("postcode", String(5), nullable=False, index=True),
    Column("zone", String(40), nullable=False),
    Column("territory", String(8), nullable=False),  # ISO 3166-2 without ES-: whose holidays close it
    Column("prompt", String(80), nullable=False),
    Column("desks", SmallInteger, nullable=False),
    Column("opens", SmallInteger, nullable=False),  # minutes after midnight, local time, Monday to Friday
    Column("closes", SmallInteger, nullable=False),
    Column("minutes", SmallInteger, nullable=False),  # that one appointment takes
)
bookings = Table(
    "corporate_bookings",
    metadata,
    Column("reference", String(20), primary_key=True),
    Column("person", String(40), nullable=False, index=True),
    Column("subject", String(40), nullable=False),
    Column("office", ForeignKey("corporate_offices.id"), nullable=False),
    Column("starts_at", Double, nullable=False),
    Column("desk", SmallInteger),  # None once cancelled: the constraint leaves it out, and the desk is free
    Column("at", Double, nullable=False),
    # What makes a double booking impossible: whoever comes second is told so by the database itself.
    UniqueConstraint("office", "starts_at", "desk"),
)

# --- content ---
bodies = Table(
    "corporate_bodies",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("code", String(20), nullable=False),
    Column("telephone", String(16), nullable=False),
    Column("transferable", Boolean, nullable=False),
)
forms = Table(
    "corporate_forms",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("title", String(120), nullable=False),
    Column("link", String(80), nullable=False),
)
announcements = Table(
    "corporate_announcements",
    metadata,
    Column("prompt", String(80), primary_key=True),
    Column("subject", String(40), nullable=False),
    Column("begins_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
)
Index("ix_corporate_announcements_subject_begins_at", announcements.c.subject, announcements.c.begins_at)


async def insert_once(connection: AsyncConnection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one of its unique keys stands there already; say whether it was inserted."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done = await connection.execute(make(table).values(dict(values)).on_conflict_do_nothing())
    return done.rowcount == 1
