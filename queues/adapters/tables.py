"""The tables of the queues room. Times are unix seconds, UTC."""

from sqlalchemy import JSON, Column, Double, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

agents = Table(
    "queues_agents",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("display", String(120), nullable=False),
    Column("level", Integer, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("team", String(40), nullable=False, server_default=""),
    Column("site", String(40), nullable=False, server_default=""),
    Column("outside", String(20), nullable=False, server_default=""),
)

agent_states = Table(
    "queues_agent_states",
    metadata,
    Column("agent", String(40), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("since_at", Double, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("call", String(60)),
    Column("until_at", Double),
    Column("then", String(12), nullable=False),
    Column("then_reason", String(40), nullable=False),
    Column("address", String(200), nullable=False),
)

# One row per caller in line or in a conversation; gone when the call is.
places = Table(
    "queues_places",
    metadata,
    Column("call", String(60), primary_key=True),
    Column("subject", String(40), nullable=False),
    Column("language", String(12), nullable=False),
    Column("level", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("since_at", Double, nullable=False),
    Column("agent", String(40)),
    Column("talk_since_at", Double),
    Column("began_at", Double),
)

# One row per wish that ended; never changed afterwards.
outcomes = Table(
    "queues_outcomes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call", String(60), nullable=False, index=True),
    Column("subject", String(40), nullable=False),
    Column("language", String(12), nullable=False),
    Column("level", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("agent", String(40)),
    Column("since_at", Double, nullable=False),
    Column("ended_at", Double, nullable=False),
    Column("waited_s", Float, nullable=False),
    Column("talked_s", Float),
    Column("wrap_s", Float),
)
Index("ix_queues_outcomes_ended_at", outcomes.c.ended_at)

# One row: who leads. `term` grows by one with each who takes the lead, and is demanded by every write.
lead = Table(
    "queues_lead",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("term", Integer, nullable=False),
    Column("holder", String(80), nullable=False),
)

# One row per promise to call back with the place kept; an open one has no `ended_at`. `way` is the
# conversation's own, to go on with.
callbacks = Table(
    "queues_callbacks",
    metadata,
    Column("serial", Integer, primary_key=True, autoincrement=True),
    Column("call", String(60), nullable=False, unique=True),
    Column("number", String(20), nullable=False),
    Column("person", String(40)),
    Column("language", String(12), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("level", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("since_at", Double, nullable=False),
    Column("way", Text, nullable=False),
    Column("taken_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("stage", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("why", String(20), nullable=False),
    Column("ended_at", Double),
    Column("summons", Integer, nullable=False, server_default="0"),
)
_OPEN = callbacks.c.ended_at.is_(None)
for _whose in ("number", "person"):  # the database holds the rule: one open promise for each
    Index(
        f"uq_queues_callbacks_open_{_whose}",
        callbacks.c[_whose],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
