"""The recordings' tables."""

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

# A name from somebody else's hand may be longer; PostgreSQL's index takes 2,700 bytes.
LONGEST_PATH = 600

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
recordings = Table(
    "recordings_recordings",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("path", String(200), nullable=False),  # relative to the vault
    Column("language", String(8), nullable=False),
    Column("notice_key", String(80), nullable=False),
    Column("notice_offset_ms", Integer, nullable=False),
    Column("begun_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("orderly", Boolean, nullable=False),
    Column("sealed_at", Double),
    Column("flaw", String(12)),
    Column("channels", Integer),
    Column("bytes", BigInteger),
    Column("duration_ms", BigInteger),
    Column("sha512", String(128)),
    Column("tries", Integer, nullable=False),
    Column("tried_at", Double),
    Column("trouble", String(40)),
    Column("begun_logged", Double),  # the begun_at that the evidence's log has
)
Index("ix_recordings_recordings_state_ended_at", recordings.c.state, recordings.c.ended_at)
marks = Table(
    "recordings_marks",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("offset_ms", BigInteger, primary_key=True, autoincrement=False),
)
episodes = Table(
    "recordings_episodes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("call", String(80), nullable=False),
    Column("leg", String(80), nullable=False),
    Column("citizen", String(80)),
    Column("level", Integer, nullable=False),
    Column("act", String(40), nullable=False),
    Column("statement_id", String(80), nullable=False),
    Column("language", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("sha512", String(128), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("begun_at", Double, nullable=False),
    Column("statement_from_ms", BigInteger),
    Column("statement_to_ms", BigInteger),
    Column("answer_from_ms", BigInteger),
    Column("answer_to_ms", BigInteger),
    Column("answer", String(12)),
    Column("outcome", String(12), nullable=False),
    Column("heard_by", String(40)),
)
Index("ix_recordings_episodes_call", episodes.c.call)
Index("ix_recordings_episodes_outcome", episodes.c.outcome)
# The envelope that holds a recording's key (recordings/vault/envelope.py). Without this row the recording is noise.
keys = Table(
    "recordings_keys",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("kek", String(40), nullable=False, index=True),
    Column("plain", BigInteger, nullable=False),  # bytes before encryption: what a file that was cut lacks
    Column("peaks", LargeBinary),  # recordings/vault/waveform.py
    Column("made_at", Double, nullable=False),
    Column("wrapped_at", Double, nullable=False),
)
# Recordings that are no longer simply active, and those that a legal hold keeps.
keeping = Table(
    "recordings_keeping",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("keeping", String(12), nullable=False),
    Column("since", Double),
    Column("hold", String(200)),
    Column("held_by", String(40)),
    Column("held_at", Double),  # when the hold was placed, or lifted
    Column("since_logged", Double),
    Column("held_logged", Double),
)
# Who asked to listen to what, and why; who agreed; when the first byte went out.
listenings = Table(
    "recordings_listenings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(80), nullable=False, index=True),
    Column("purpose", String(12), nullable=False),
    Column("person", String(40), nullable=False),
    Column("role", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_at", Double, nullable=False, index=True),
    Column("protected", Boolean, nullable=False),
    Column("second", String(40)),
    Column("seconded_at", Double),
    Column("opened_at", Double),
    Column("opened_logged", Double),
)


def _not_logged(at: Column[float], logged: Column[float]) -> Index:
    """Index the few rows whose moment is not the one that the evidence's log has: it is looked for every second."""
    few = logged.is_distinct_from(at)
    return Index(f"ix_{at.table.name}_{at.name}_not_logged", at, sqlite_where=few, postgresql_where=few)


_not_logged(recordings.c.begun_at, recordings.c.begun_logged)
_not_logged(keeping.c.since, keeping.c.since_logged)
_not_logged(keeping.c.held_at, keeping.c.held_logged)
_not_logged(listenings.c.opened_at, listenings.c.opened_logged)
chunks = Table(
    "recordings_chunks",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_byte", BigInteger, nullable=False),
    Column("to_byte", BigInteger, nullable=False),
    Column("sha512", String(128), nullable=False),
    Column("link", String(128), nullable=False),
    Column("at", Double, nullable=False),
)
chains = Table(
    "recordings_chains",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("chunks", Integer, nullable=False),
    Column("link", String(128), nullable=False),
    Column("broken_at", BigInteger),  # the first byte that does not fit; none when all do
)
quarantine = Table(
    "recordings_quarantine",
    metadata,
    Column("path", String(LONGEST_PATH), primary_key=True),
    Column("call", String(80)),
    Column("bytes", BigInteger, nullable=False),
    Column("found_at", Double, nullable=False),
)


async def insert_once(connection: AsyncConnection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its key stands there already; say whether it was inserted."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done = await connection.execute(make(table).values(dict(values)).on_conflict_do_nothing())
    return done.rowcount == 1
