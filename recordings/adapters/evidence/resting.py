"""What lies in the vault held against its rows, and the rows against what was signed, without reading any audio.

For a process of its own (`ventanilla evidence reconcile`): envelopes and signatures are read without giving way.

A file that was cut, an envelope that opens no more, a row that says another thing than the signed vCon: each takes a
recording away or changes what it says, and the rows alone would still agree with one another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from recordings.adapters.evidence.rounds import BATCH, Away, Looked, Rounds
from recordings.adapters.evidence.tables import evidence, stamps
from recordings.adapters.tables import episodes, keys, recordings
from recordings.adapters.vault.stores import Stores
from recordings.evidence import jws
from recordings.evidence.happened import Difference
from recordings.evidence.jws import BadSignature
from recordings.evidence.stamps import is_of
from recordings.evidence.vcon import content_hash
from recordings.naming import STORED, TINK
from recordings.ports import NoAudio, StoreAway
from recordings.recording import State
from recordings.vault.envelope import Keyring, Locked, unwrap
from recordings.vault.streaming import Layout

WHOLE = inf
"""Seconds in which all is compared."""
Found = Row[*tuple[Any, ...]]


class Resting:
    """Compares what rests. `ring` gives the vault's keys; it is asked when something is encrypted."""

    def __init__(self, engine: AsyncEngine, stores: Stores, ring: Callable[[], Keyring]) -> None:
        self._engine, self._stores, self._ring = engine, stores, ring
        self._keys: Keyring | None = None
        self._away = False

    async def look(self, rounds: Rounds | None = None, for_s: float = WHOLE) -> Looked:
        """Give everything that does not agree, of as many recordings as can be compared in some seconds."""
        return await (rounds or Rounds(self._engine)).go(self._of, BATCH, for_s)

    async def _of(self, calls: Sequence[str]) -> Mapping[str, Sequence[Difference]]:
        """Compare some. Raises Away when a store did not answer: the others in it were not compared."""
        wrong: dict[str, list[Difference]] = {}
        self._away = False
        for row in await self._sealed(calls):
            wrong[row.call] = await self._file(row)
        for call, denied in await self._signed(calls):
            wrong.setdefault(call, []).extend(denied)
        found = {call: denied for call, denied in wrong.items() if denied}
        if self._away:
            raise Away(found)
        return found

    async def _sealed(self, calls: Sequence[str]) -> Sequence[Found]:
        table = recordings.c
        columns = (table.call, table.path, table.bytes, keys.c.envelope)
        there = recordings.outerjoin(keys, keys.c.call == table.call)
        query = select(*columns).select_from(there).where(table.state == State.SEALED, table.call.in_(calls))
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def _file(self, row: Found) -> list[Difference]:
        """Compare one; what is wrong is not said of a row that changed meanwhile: it was being encrypted."""
        why = await self._wrong(row)
        if why is None or await self._path(row.call) != row.path:
            return []
        return [Difference("audio", f"The recording of call {row.call} cannot be heard: {why}.")]

    async def _wrong(self, row: Found) -> str | None:
        try:
            length = row.bytes
            if row.path.endswith(TINK) and row.envelope is not None:
                length = Layout(row.bytes, self._segment(row.envelope, row.call)).ciphertext_bytes
            if self._away and row.path.startswith(STORED):
                return None
            store, name = self._stores.of(Path(row.path))
            found = await store.size(name)
        except Locked:
            return "its envelope does not open with the keys there are"
        except NoAudio as fault:
            return (
                "it lies in a store, and none is set" if fault.reason == "away" else f"it is {fault.reason}"
            )
        except StoreAway as fault:
            self._away |= row.path.startswith(STORED)
            return f"the store does not answer ({fault.reason}), nor was it asked for others"
        except (ValueError, TypeError, IndexError):
            return "its row is not what it should be"
        return None if found == length else f"its file has {found} bytes, and should have {length}"

    def _segment(self, envelope: str, call: str) -> int:
        """Open an envelope; how long the segments of its file are. Raises Locked."""
        if self._keys is None:
            self._keys = self._ring()
        return unwrap(envelope, call, self._keys).segment

    async def _path(self, call: str) -> str | None:
        query = select(recordings.c.path).where(recordings.c.call == call)
        async with self._engine.connect() as connection:
            path: str | None = (await connection.execute(query)).scalar_one_or_none()
        return path

    async def _signed(self, calls: Sequence[str]) -> list[tuple[str, Iterator[Difference]]]:
        """Compare rows with the vCons that were signed of them."""
        table = recordings.c
        signed = (evidence.c.id, evidence.c.vcon, evidence.c.stamped_at)
        columns = (table.call, table.sha512, table.flaw, table.bytes, *signed)
        there = recordings.join(evidence, evidence.c.call == table.call)
        wanted = (table.state == State.SEALED, evidence.c.vcon.is_not(None), table.call.in_(calls))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(*columns).select_from(there).where(*wanted))).all()
            said = (await connection.execute(select(episodes).where(episodes.c.call.in_(calls)))).all()
            over = stamps.c.subject.in_([row.id for row in rows])
            replies = (await connection.execute(select(stamps).where(over).order_by(stamps.c.number))).all()
        held: dict[str, list[Found]] = {}
        for one in said:
            held.setdefault(one.call, []).append(one)
        stamped: dict[str, list[bytes]] = {}
        for one in replies:
            stamped.setdefault(one.subject, []).append(one.reply)
        return [(row.call, _denied(row, held.get(row.call, []), stamped.get(row.id, []))) for row in rows]


def _denied(row: Found, held: list[Found], replies: Sequence[bytes]) -> Iterator[Difference]:
    """Say where a row, the rows of its episodes, or its time stamps, say another thing than what was signed."""
    try:
        composed = jws.read(row.vcon.encode()).vcon
        hashed = composed["dialog"][0].get("content_hash")
        facts, consents = _bodies(composed, "recording"), _bodies(composed, "consent")
        signed = {
            (one["episode"], one["outcome"], one["statement"]["text"], one["citizen"]) for one in consents
        }
        said = (composed["uuid"], hashed, facts[0]["flaw"], facts[0]["bytes"])
    except (BadSignature, LookupError, TypeError, AttributeError):
        yield Difference("vCon unreadable", f"The signed vCon of call {row.call} cannot be read.")
        return
    if (row.id, _hashed(row.sha512), row.flaw, row.bytes) != said:
        yield Difference("row denies", f"The row of the recording of call {row.call} is not what was signed.")
    if {(one.id, one.outcome, one.text, one.citizen) for one in held} != signed:
        yield Difference(
            "consent denied", f"What rows say was agreed in call {row.call} is not what was signed."
        )
    yield from _unstamped(row, replies)


def _unstamped(row: Found, replies: Sequence[bytes]) -> Iterator[Difference]:
    """Say that a time stamp is gone, or is one no more; the notary has gone ones made anew, within an hour."""
    if row.stamped_at is not None and not replies:
        yield Difference("stamp gone", f"The time stamp of the vCon of call {row.call} is gone.")
    over = row.vcon.encode()
    for reply in replies:
        if not is_of(reply, over):
            why = (
                "is none of it: put it back out of a backup, or delete all of its rows, and another is made."
            )
            yield Difference("stamp spoilt", f"A time stamp of the vCon of call {row.call} {why}")
            return
        over += reply


def _bodies(composed: dict[str, Any], purpose: str) -> list[dict[str, Any]]:
    return [one["body"] for one in composed["attachments"] if one["purpose"] == purpose]


def _hashed(sha512: str | None) -> str | None:
    try:
        return content_hash(bytes.fromhex(sha512 or ""))
    except ValueError:
        return None
