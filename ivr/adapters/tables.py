"""The tables of the ivr room. Times are unix seconds, UTC. No document and no telephone stands in them in plain.

Except the caller's number of a call in progress: it is needed to take the call up, and is gone when the
call is.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

# One row per call in progress: where it stands. Gone when the call is.
calls = Table(
    "ivr_calls",
    metadata,
    Column("call", String(60), primary_key=True),
    Column("stage", String(8), nullable=False),
    Column("walk", Text, nullable=False),
    Column("caller", String(16)),
    Column("page", String(32)),
    Column("wish", JSON),
    Column("recording", Boolean, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("kept_at", Double, nullable=False),
)

# One row per identification protocol; `person` and `number` are keyed hashes (all hidden numbers one).
# `outcome`: open, refused or proven; the first two count against.
attempts = Table(
    "ivr_attempts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(60), nullable=False),
    Column("person", String(64), nullable=False),
    Column("number", String(64)),
    Column("opened_at", Double, nullable=False),
    Column("outcome", String(8), nullable=False),
)
Index("ix_ivr_attempts_person_opened_at", attempts.c.person, attempts.c.opened_at)
Index("ix_ivr_attempts_number_opened_at", attempts.c.number, attempts.c.opened_at)

# Which question was put to whom (a keyed hash), so that it is not put again; gone when it may be.
asked = Table(
    "ivr_asked",
    metadata,
    Column("attempt", String(32), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("at", Double, nullable=False),
)
Index("ix_ivr_asked_person_at", asked.c.person, asked.c.at)

# The evidence of every identification, bound to its call. `questions`: the names of those asked, JSON; `procedure`:
# what a code was given for.
proofs = Table(
    "ivr_proofs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(60), nullable=False, index=True),
    Column("person", String(40), nullable=False, index=True),
    Column("level", SmallInteger, nullable=False),
    Column("method", String(16), nullable=False),
    Column("questions", JSON, nullable=False),
    Column("protected", Boolean, nullable=False),
    Column("at", Double, nullable=False),
    Column("procedure", String(40), nullable=False, server_default=""),
)

# One row per one-time code, a keyed hash of it (`code`). `person` is a keyed hash too: the proof says who it was.
codes = Table(
    "ivr_codes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call", String(60), nullable=False, index=True),
    Column("person", String(64), nullable=False),
    Column("procedure", String(40), nullable=False),
    Column("code", String(64), nullable=False),
    Column("issued_at", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("spent_at", Double),
    Column("number", String(64)),  # where it went (a keyed hash): a number or an e-mail address
    Column("right", Boolean, nullable=False, server_default=false()),  # keyed as it was sent
)
Index("ix_ivr_codes_person_issued_at", codes.c.person, codes.c.issued_at)
Index("ix_ivr_codes_number_issued_at", codes.c.number, codes.c.issued_at)

# Who (a keyed hash) used up a day's codes without one that was right gets none until staff lift it.
code_blocks = Table(
    "ivr_code_blocks",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("since", Double, nullable=False),
)
