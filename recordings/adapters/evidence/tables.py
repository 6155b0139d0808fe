"""The tables of evidence and log. Nothing in the log's tables tells of a person, so they are never deleted from."""

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, String, Table, Text

from recordings.adapters.tables import metadata

evidence = Table(
    "recordings_evidence",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("vcon", Text),  # the signed vCon; NULL once the law has had it destroyed
    Column("sha512", String(128), nullable=False),  # of the signed vCon, as the log has it
    Column("certificate", String(43), nullable=False),  # x5t#S256 of whose key signed
    Column("signed_at", Double, nullable=False),
    Column("leaf", BigInteger, nullable=False, unique=True),
    Column("stamped_at", Double),
    Column("stamp_until", Double),
    Column("tries", Integer, nullable=False),
    Column("tried_at", Double),
    Column("trouble", String(200)),
)
Index("ix_recordings_evidence_stamped_at", evidence.c.stamped_at)
Index("ix_recordings_evidence_stamp_until", evidence.c.stamp_until)
stamps = Table(
    "recordings_stamps",
    metadata,
    Column("subject", String(60), primary_key=True),  # an evidence's id, or head:<size>
    Column("number", Integer, primary_key=True, autoincrement=False),  # 0, and 1, 2 … for renewals
    Column("reply", LargeBinary, nullable=False),
    Column("at", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("authority", String(200), nullable=False),
)
Index("ix_recordings_stamps_until", stamps.c.until)
log = Table(
    "recordings_log",
    metadata,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("line", String(200), nullable=False),
    Column("at", Double, nullable=False),
)
Index("ix_recordings_log_kind_at", log.c.kind, log.c.at)
tiles = Table(
    "recordings_log_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
heads = Table(
    "recordings_log_heads",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", String(44), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Double, nullable=False),
)
