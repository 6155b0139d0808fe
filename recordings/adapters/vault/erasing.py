"""A recording destroyed by an order (a court's, a data protection authority's): what the terms cannot decide.

Two people answer for it. What they were ordered is written down first, in a file where the evidence's keys lie, and its
fingerprint is an entry of the log: who can write the database only makes nobody believe that there was an order. The
night's run never acts on such an entry alone: it removes what an erasure left whose own order is kept.
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
from recordings.naming import RUNNING, SEALED, STORED, call_of, half_made_of, is_of_call
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
    begun_at: object
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
        if self.state not in _UNDER_WAY or not isinstance(self.begun_at, int | float):
            return False  # where it says no moment at all its row is broken
        return 0 <= at - self.begun_at < LONGEST_CALL_S


class Erasing:
    """Carries out orders. `vault`: the recordings' folder; `orders`: where orders are kept."""

    def __init__(self, court: Court, vault: Path, stores: Stores, orders: Path) -> None:
        self._engine, self._court, self._vault = court.engine, court, vault
        self._stores, self._orders = stores, orders
        self._rows, self._keys = KeepingRows(court.engine, court.day_of), KeyRows(court.engine)

    async def look(self, call: str, at: float) -> There:
        """Say what there is of a call, and whether it is held."""
        row = await self._row(call)
        files = await self._files_of(call, row)
        held, unsure = await self._held(call, row.hold if row is not None else None, at)
        return There(
            row.state if row is not None else None,
            row.begun_at if row is not None else None,
            files,
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

    async def enter(self, order: Order, *, looked: bool = False) -> None:
        """Write an order down, and enter it into the log; nothing is destroyed yet. Raises Refused, OSError.

        looked: somebody knows that no hold stands where the log cannot say it.
        """
        there = await self.refused(order)
        if there.unsure is not None and not looked:
            raise Refused(f"whether it is held the log cannot say: {there.unsure}")
        await asyncio.to_thread(write, self._orders / f"{order.fingerprint}.json", order.written)
        reference = f"{order.fingerprint}:{reference_of(order.call)}"
        try:
            await Log(self._engine).append([happened(Kind.ERASED, reference, order.at)])
        except (TypeError, ValueError, LookupError, ArithmeticError) as fault:
            raise Refused(
                "the log takes no entry: its tiles are damaged (`ventanilla evidence reconcile`)"
            ) from fault

    async def destroy(self, order: Order) -> tuple[str, ...]:
        """Destroy all that there is of an order's call; give what stays, and why. Raises Refused.

        What stays is removed by the next such order.
        """
        await self.refused(order)
        if not await self._keys.erase(order.call, order.at):
            raise Refused("a legal hold was placed meanwhile")
        await self._remove(order.call)
        left = await self._remove(order.call)  # what was being sealed may have appeared while the others went
        if not left:
            for path in await self._rows.quarantined_of(order.call):
                if call_of(Path(path)) == order.call:
                    await self._rows.forget_quarantined(path)
        return tuple(left)

    async def forgotten(self) -> bool:
        """Whether the database, too, has nothing left of destroyed keys; the night's run tries again."""
        return await self._keys.forget()

    async def _remove(self, call: str) -> list[str]:
        """Remove all files that a call has now; give what stays, and why."""
        files = await self._files_of(call, await self._row(call))
        return [why for path in files if (why := await self._removed(path)) is not None]

    async def _files_of(self, call: str, row: Row[*tuple[Any, ...]] | None) -> tuple[str, ...]:
        """Give a call's files as they are now; of an object store the one that its row names. Walks the whole vault."""
        found = await asyncio.to_thread(lambda: set(_files(self._vault, call)))
        path = row.path if row is not None and isinstance(row.path, str) else ""
        stored = {path} if path.startswith(STORED) and is_of_call(Path(path), call) else set()
        return tuple(sorted(found | stored))

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
        return None, await case.doubt_of_hold(call)

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


def orders_in(folder: Path) -> dict[str, str]:
    """Give which call each order that is kept was to erase, by the orders' fingerprints; one of no sense is none."""
    found: dict[str, str] = {}
    for one in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, LookupError, TypeError):
            written = one.read_bytes()
            found[sha256(written).hexdigest()] = str(json.loads(written)["call"])
    return found


async def orders_gone(engine: AsyncEngine, folder: Path) -> list[Difference]:
    """Name entries of the log that speak of an order that nobody has for that recording, and orders not carried out."""
    query = select(log_.c.leaf, log_.c.line).where(log_.c.kind == Kind.ERASED).order_by(log_.c.leaf)
    known = await asyncio.to_thread(orders_in, folder)
    there = select(recordings.c.call).where(
        recordings.c.call.in_(set(known.values())), recordings.c.state != State.DESTROYED
    )
    async with engine.connect() as connection:
        entries = (await connection.execute(query)).all()
        whole = sorted((await connection.execute(there)).scalars()) if known else []
    pairs = {f"{order}:{reference_of(call)}" for order, call in known.items()}
    said = (
        "of the log says that a recording was erased by an order; no such order is kept, or it was changed."
    )
    gone = [
        Difference("order gone", f"Entry {row.leaf} {said}")
        for row in entries
        if str(row.line).rpartition(" ")[2] not in pairs
    ]
    left = (
        "was ordered to be erased, and it is not destroyed: say the order again, or find out what keeps it."
    )
    return gone + [
        Difference("order not carried out", f"The recording of call {call} {left}") for call in whole
    ]


def _files(vault: Path, call: str) -> Iterator[str]:
    """Find every file of a call, wherever in the vault's rooms it lies. Walks all of them."""
    for room in (RUNNING, SEALED):
        for folder, folders, names in os.walk(vault / room):
            for name in (*names, *folders):
                file = Path(folder, name).relative_to(vault)
                if call in (call_of(file), half_made_of(file)):
                    yield file.as_posix()
