"""Retired keys: the log and what outsiders are told must say the same of them, and of what they signed too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.keys import retirements
from recordings.adapters.evidence.rotating import signed_after
from recordings.adapters.evidence.tables import log as log_entries
from recordings.evidence.entries import Kind, happened
from recordings.evidence.happened import Difference
from recordings.evidence.trust import BadTrust


async def retired_keys(engine: AsyncEngine, file: Path) -> list[Difference]:
    """Compare the retirements that the log has with those that outsiders are told of, and their times."""
    try:
        names = retirements(file.parent)
    except BadTrust as fault:
        return [Difference("retirements unreadable", str(fault))]
    told = {_reference(name): at for name, at in names.items()}
    query = select(log_entries.c.leaf, log_entries.c.line).where(log_entries.c.kind == Kind.RETIRED)
    async with engine.connect() as connection:
        entries = (await connection.execute(query.order_by(log_entries.c.leaf))).all()
    logged: dict[str, list[tuple[int, str]]] = {}
    for row in entries:
        logged.setdefault(row.line.rpartition(" ")[2], []).append((row.leaf, row.line))
    count = len(told.keys() - logged.keys())
    made_up = f"trust/{file.name} retires {count} keys that the log has no word of."
    return [
        *(one for reference, lines in logged.items() for one in _retirement(reference, lines, told)),
        *([Difference("retirement made up", made_up)] if count else []),
        *[one for name, at in names.items() for one in await _signed_after(engine, name, at)],
    ]


def _retirement(
    reference: str, lines: Sequence[tuple[int, str]], told: Mapping[str, float]
) -> Iterator[Difference]:
    """Compare what the log has of one key with what outsiders are told: the earliest moment, for it may move back."""
    leaf = lines[0][0]
    if reference not in told:
        yield Difference(
            "key retired no more",
            f"Entry {leaf} of the log retires a key that trust/retired.json does not name.",
        )
    elif happened(Kind.RETIRED, reference, told[reference]).line != _earliest(lines):
        yield Difference(
            "retirement moved",
            f"Entry {leaf} of the log retires a key at another time than trust/retired.json says.",
        )


def _earliest(lines: Sequence[tuple[int, str]]) -> str:
    """Give the line with the least milliseconds (entries.py); they may have unlike many digits."""
    return min((line for _, line in lines), key=lambda line: (len(line), line))


async def _signed_after(engine: AsyncEngine, name: str, since: float) -> Iterator[Difference]:
    calls = await signed_after(engine, name, since)
    said = f"{len(calls)} recordings, {calls[0]} the first, have" if calls else ""
    sentence = (
        f"{said} their first stamp after the key that signed them was given up: their packages do not hold."
    )
    return iter([Difference("signed after", sentence)] if calls else [])


def _reference(name: str) -> str:
    return sha256(name.encode()).hexdigest()
