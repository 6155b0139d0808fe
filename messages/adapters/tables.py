"""The outbox: messages that wait to be sent."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, String, Table, Text

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

outbox = Table(
    "messages_outbox",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("message", String(40), nullable=False),
    Column("language", String(8), nullable=False),
    Column("person", String(40)),
    Column("number", String(16), index=True),
    Column("email", String(120)),
    Column("text", Text, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("left_at", Double, nullable=False),
)
Index("ix_messages_outbox_person_left_at", outbox.c.person, outbox.c.left_at)
