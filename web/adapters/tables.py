"""The web's tables: accounts, sessions, and the tries that sign-in counts."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

accounts = Table(
    "web_accounts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("display", String(120), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("demonstration", Boolean, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("closed_at", Double, nullable=True),
)

sessions = Table(
    "web_sessions",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("account", String(32), ForeignKey("web_accounts.name"), nullable=False, index=True),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False, index=True),
)

tries = Table(
    "web_tries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Double, nullable=False, index=True),
    Index("ix_web_tries_account_address", "account", "address"),
    Index("ix_web_tries_address", "address"),
)
