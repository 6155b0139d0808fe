"""Five million citizens, and one with 1,000 contacts, in SQLite and PostgreSQL: how long a question takes."""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters import tables
from crm_bridge.connectors.builtin import Builtin
from crm_bridge.requests import State, reference
from tests.databases import DIALECTS, opened

REQUESTS, CONTACTS = 100, 1_000
ASKED, WARM = 3_000, 300
GROUP = 50_000
AT = 1_795_345_200.0
BUSY = "c0"


def _number(serial: int) -> str:
    return f"+346{serial:08d}"


def _citizens(many: int) -> Iterator[list[tuple[Any, ...]]]:
    for first in range(0, many, GROUP):
        serials = range(first, min(first + GROUP, many))
        yield [(f"c{one}", f"D{one:09d}", "Nombre", "Apellido Apellido", "es", False) for one in serials]


async def fill(engine: AsyncEngine, many: int) -> None:
    """Put citizens and telephones into the tables, the fastest way each database has."""
    if engine.dialect.name == "postgresql":
        await _copied(engine, many)
    else:
        await _inserted(engine, many)
    requests = [_request(serial) for serial in range(REQUESTS)]
    contacts = [_contact(serial) for serial in range(CONTACTS)]
    async with engine.begin() as connection:
        await connection.execute(insert(tables.requests), requests)
        await connection.execute(insert(tables.contacts), contacts)
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE"))


async def _copied(engine: AsyncEngine, many: int) -> None:
    names = ["id", "document", "given_name", "family_name", "language", "protected"]
    async with engine.begin() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        for group in _citizens(many):
            await driver.copy_records_to_table("crm_citizens", records=group, columns=names)
            phones = [(_number(int(row[0][1:])), row[0]) for row in group]
            await driver.copy_records_to_table(
                "crm_telephones", records=phones, columns=["telephone", "citizen"]
            )


async def _inserted(engine: AsyncEngine, many: int) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql("PRAGMA synchronous=OFF")
        for group in _citizens(many):
            await connection.exec_driver_sql(
                "INSERT INTO crm_citizens (id, document, given_name, family_name, language, protected)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                group,
            )
            phones = [(_number(int(row[0][1:])), row[0]) for row in group]
            await connection.exec_driver_sql(
                "INSERT INTO crm_telephones (telephone, citizen) VALUES (?, ?)", phones
            )


def _request(serial: int) -> dict[str, Any]:
    return {
        "reference": reference(2026, serial),
        "citizen": BUSY,
        "subject": "pension",
        "kind": "enquiry",
        "state": State.OPEN,
        "channel": "telephone",
        "priority": 3,
        "level": 1,
        "opened_at": AT + serial,
        "changed_at": AT + serial,
        "due_at": AT + serial,
    }


def _contact(serial: int) -> dict[str, Any]:
    return {
        "call": f"ventanilla-1795345200.{serial}",
        "request": reference(2026, serial % REQUESTS),
        "channel": "telephone",
        "subject": "pension",
        "outcome": "informed",
        "notes": "Notas de un agente sobre lo que se dijo. " * 5,
        "at": AT + serial,
    }


async def timed(ask: Callable[[], Awaitable[object]], times: int) -> list[float]:
    """Ask one after the other; each in ms, the first ones left out."""
    took = []
    for _ in range(times + WARM):
        began = time.perf_counter()
        assert await ask()
        took.append((time.perf_counter() - began) * 1000)
    return took[WARM:]


@asynccontextmanager
async def _filled(dialect: str, folder: Path, many: int) -> AsyncIterator[tuple[AsyncEngine, float]]:
    async with opened(dialect, folder, tables.metadata) as engine:
        began = time.perf_counter()
        await fill(engine, many)
        yield engine, time.perf_counter() - began


def _questions(
    crm: Builtin, many: int, chance: random.Random
) -> tuple[tuple[str, Callable[[], Awaitable[object]]], ...]:
    return (
        ("by telephone", lambda: crm.citizens_by_telephone(_number(chance.randrange(many)))),
        ("folder", lambda: crm.folder(BUSY)),
        ("a page of 50 contacts, from the 500th", lambda: crm.contacts(BUSY, 500, 50)),
    )


async def large(many: int) -> Table:
    """Fill and ask both databases."""
    table = Table(title=f"{many:,} citizens; a folder of {CONTACTS} contacts in {REQUESTS} requests; ms")
    for head in ("database", "filled in s", "question", "asked", "p50", "p99", "most"):
        table.add_column(head)
    chance = random.Random(7)  # noqa: S311 - whom to ask about, no secret
    for dialect in DIALECTS:
        with TemporaryDirectory() as folder:
            async with _filled(dialect, Path(folder), many) as (engine, filling_s):
                questions = _questions(Builtin(engine, b""), many, chance)
                for name, ask in questions:
                    took = await timed(ask, ASKED)
                    cut = quantiles(took, n=100)
                    figures = (f"{one:.1f}" for one in (cut[49], cut[98], max(took)))
                    table.add_row(dialect, f"{filling_s:.0f}", name, str(len(took)), *figures)
    return table
