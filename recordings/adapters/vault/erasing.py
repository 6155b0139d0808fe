"""A recording destroyed by an order (a court's, a data protection authority's): what the terms cannot decide.

Two people answer for it. What they were ordered is written down first, in a file where the evidence's keys lie, and its
fingerprint is an entry of the log: who can write the database only makes nobody believe that there was an order. The
night's run never acts on such an entry.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, union
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.happenings import reference_of
from recordings.adapters.evidence.key_files import write
from recordings.adapters.evidence.log import Log
from recordings.adapters.evidence.tables import evidence
from recordings.adapters.evidence.tables import log as log_
from recordings.adapters.tables import keeping, keys, quarantine, recordings
from recordings.adapters.vault.keeping_rows import KeepingRows
from recordings.adapters.vault.proving import Court
from recordings.adapters.vault.rows import KeyRows
from recordings.adapters.vault.stores import Stores
from recordings.evidence.entries import Kind, happened
from recordings.evidence.happened import Difference
from recordings.naming import RUNNING, SEALED, STORED, call_of, is_of_call
from recordings.ports import NoAudio, StoreAway
from recordings.recording import State

LONGEST_CALL_S = 86_400.0
"""No call lasts so long, and none waits so long for its seal: then its row is broken."""
_UNDER_WAY = (State.RECORDING, State.ENDED)


class Refused(Exception):  # noqa: N818 - it is an answer, not an error
    """An order is not carried out; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered: to erase a call's recording, by whom and with whom, why (the order's reference), when."""

    call: str
    by: str
    second: str
    reason: str
    at: float

    @property
    def written(self) -> bytes:
        """The order as it is kept."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @property
    def fingerprint(self) -> str:
        """What the log says of it: nobody reads a person out of it."""
        return sha256(self.written).hexdigest()


@dataclass(frozen=True, slots=True)
class There:
    """What there is of a call. `state`: of its row, None without one; `files`: relative to the vault, or stored ones.

    held: why it is held, by its row or by the log. unsure: why the log cannot say whether it is.
    """

    state: str | None
    begun_at: float | None
    files: tuple[str, ...]
    key: bool
    vcon: bool
    held: str | None
    unsure: str | None

    @property
    def is_something(self) -> bool:
        """Whether there is anything to destroy."""
        return bool(self.files) or self.key or self.vcon or self.state not in (None, State.DESTROYED)

    def is_under_way(self, at: float) -> bool:
        """Whether its call may go on, or it waits for its seal."""
        began = self.begun_at if self.begun_at is not None else at
        return self.state in _UNDER_WAY and 0 <= at - began < LONGEST_CALL_S


class Erasing:
    """Carries out orders. `vault`: the recordings' folder; `orders`: where orders are kept."""

    def __init__(self, court: Court, vault: Path, stores: Stores, orders: Path) -> None:
        self._engine, self._court, self._vault = court.engine, court, vault
        self._stores, self._orders = stores, orders
        self._rows, self._keys = KeepingRows(court.engine, court.day_of), KeyRows(court.engine)

    async def look(self, call: str, at: float) -> There:
        """Say what there is of a call, and whether it is held."""
        row = await self._row(call)
        found = await asyncio.to_thread(lambda: tuple(_files(self._vault, call)))
        named = (row.path,) if row is not None and row.path and is_of_call(Path(row.path), call) else ()
        stored = tuple(path for path in named if path.startswith(STORED))
        held, unsure = await self._held(call, row.hold if row is not None else None, at)
        return There(
            row.state if row is not None else None,
            row.begun_at if row is not None else None,
            tuple(sorted({*found, *stored})),
            row is not None and row.envelope is not None,
            row is not None and row.vcon is not None,
            held,
            unsure,
        )

    async def refused(self, order: Order) -> There:
        """Say what there is, for who looks before it is done. Raises Refused."""
        there = await self.look(order.call, order.at)
        if there.held is not None:
            raise Refused(
                f"a legal hold stands ({there.held}): it is lifted first, or the order is not carried out"
            )
        if there.is_under_way(order.at):
            raise Refused("its call goes on, or it waits for its seal")
        if not there.is_something:
            raise Refused("there is nothing of it, or it was destroyed before")
        return there

    async def enter(self, order: Order) -> None:
        """Write an order down, and enter it into the log; nothing is destroyed yet. Raises Refused, OSError."""
        await self.refused(order)
        await asyncio.to_thread(write, self._orders / f"{order.fingerprint}.json", order.written)
        reference = f"{order.fingerprint}:{reference_of(order.call)}"
        await Log(self._engine).append([happened(Kind.ERASED, reference, order.at)])

    async def destroy(self, order: Order) -> tuple[str, ...]:
        """Destroy all that there is of an order's call; give what stays, and why. Raises Refused.

        What stays is removed by the next such order.
        """
        there = await self.refused(order)
        if not await self._keys.erase(order.call):
            raise Refused("a legal hold was placed meanwhile")
        left = [why for path in there.files if (why := await self._removed(path)) is not None]
        if not left:
            for path in await self._rows.quarantined_of(order.call):
                if call_of(Path(path)) == order.call:
                    await self._rows.forget_quarantined(path)
        await self._rows.destroyed(order.call, order.at)
        return tuple(left)

    async def _removed(self, path: str) -> str | None:
        try:
            store, name = self._stores.of(Path(path))
            await store.remove(name)
        except NoAudio as fault:
            return (
                f"{path} ({'in a store that is not set' if fault.reason == 'away' else 'it leads elsewhere'})"
            )
        except StoreAway as fault:
            return f"{path} ({fault.reason})"
        return None

    async def _held(self, call: str, hold: str | None, at: float) -> tuple[str | None, str | None]:
        if hold is not None:
            return hold, None
        case = await self._court.hear([call], at)
        if case.log.is_held(reference_of(call)):
            return "by the log, not by its row", None
        if case.heads is None or await case.heads.newest() is None:
            return None, None
        known = case.grounds.get(call)
        return None, await case.heads.spoilt(known.first if known is not None else 0)

    async def _row(self, call: str) -> Row[*tuple[Any, ...]] | None:
        """Give what any of the tables has of a call, in one row."""
        everywhere = (recordings, evidence, keys, keeping, quarantine)
        calls = union(*[select(one.c.call).where(one.c.call == call) for one in everywhere]).subquery()
        columns = (recordings.c.state, recordings.c.begun_at, recordings.c.path)
        beside = (keys.c.envelope, evidence.c.vcon, keeping.c.hold)
        joined = calls.outerjoin(recordings, recordings.c.call == calls.c.call)
        for table in (keys, evidence, keeping):
            joined = joined.outerjoin(table, table.c.call == calls.c.call)
        async with self._engine.connect() as connection:
            return (await connection.execute(select(*columns, *beside).select_from(joined))).one_or_none()


def orders_in(folder: Path) -> frozenset[str]:
    """Give the fingerprints of the orders that are kept, by what stands in them; one that nobody can read is none."""
    found = set()
    for one in folder.glob("*.json"):
        with suppress(OSError):
            found.add(sha256(one.read_bytes()).hexdigest())
    return frozenset(found)


async def orders_gone(engine: AsyncEngine, folder: Path) -> list[Difference]:
    """Name the entries of the log that speak of an order that nobody has, or that was changed."""
    query = select(log_.c.leaf, log_.c.line).where(log_.c.kind == Kind.ERASED).order_by(log_.c.leaf)
    async with engine.connect() as connection:
        entries = (await connection.execute(query)).all()
    known = await asyncio.to_thread(orders_in, folder) if entries else frozenset()
    said = "of the log says that a recording was erased by an order; that order is not kept, or was changed."
    return [
        Difference("order gone", f"Entry {row.leaf} {said}")
        for row in entries
        if row.line.rpartition(" ")[2].partition(":")[0] not in known
    ]


def _files(vault: Path, call: str) -> Iterator[str]:
    """Find every file of a call, wherever in the vault's rooms it lies. Walks all of them."""
    for room in (RUNNING, SEALED):
        for folder, folders, names in os.walk(vault / room):
            for name in (*names, *folders):
                if call_of(Path(name)) == call:
                    yield (Path(folder, name).relative_to(vault)).as_posix()
