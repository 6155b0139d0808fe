"""The outbox: messages that wait, how each goes out by which channel, and the short links in them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

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
    Column("email", String(254)),  # RFC 5321, 4.5.3.1.3, without its brackets
    Column("text", Text, nullable=False),  # empty where a code stands in it
    Column("sealed", LargeBinary),  # that text, until it has gone or is too old (messages/seal.py)
    Column("urgent", Boolean, nullable=False),
    Column("left_at", Double, nullable=False),
    Column("good_until", Double, nullable=False),  # later it is not sent any more
    Column("state", String(10), nullable=False, server_default="waiting"),  # messages/states.py
    Column("parted", Boolean, nullable=False, server_default=false()),  # its sendings are written
)
Index("ix_messages_outbox_person_left_at", outbox.c.person, outbox.c.left_at)
Index("ix_messages_outbox_parted_state", outbox.c.parted, outbox.c.state)
Index("ix_messages_outbox_good_until", outbox.c.good_until)

# One row for each part of each message on each channel. `remote`: the number the other side gave it.
sendings = Table(
    "messages_sendings",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("letter", ForeignKey("messages_outbox.id"), nullable=False, index=True),
    Column("channel", String(8), nullable=False),
    Column("part", SmallInteger, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("doubts", SmallInteger, nullable=False, server_default="0"),
    Column("next_at", Double, nullable=False),  # while it is being handed over: when that lease ends
    Column("changed_at", Double, nullable=False),
    Column("remote", String(65), index=True),
    Column("why", String(40)),
    Column("filed", Boolean, nullable=False, server_default=false()),  # in the folder, or nothing for it
    UniqueConstraint("letter", "channel", "part"),
)
Index("ix_messages_sendings_state_next_at", sendings.c.state, sendings.c.next_at)
Index("ix_messages_sendings_filed_state", sendings.c.filed, sendings.c.state)

# What a short link leads to. `opened` counts, and nothing else is kept of who opened it.
links = Table(
    "messages_links",
    metadata,
    Column("token", String(8), primary_key=True),
    Column("target", String(400), nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("opened", Integer, nullable=False, server_default="0"),
)
