"""What the bridge keeps whatever CRM stands behind it: the request of a call, serials, and the outbox.

Theory of operation. A reference must be told to a caller while the CRM is down, so the bridge numbers
requests itself and every CRM gets the number with the write. A write is put into the outbox in the same
transaction as the row that made it necessary, then handed over, the writes about one request in order. Handing over
may happen twice (an answer lost, two servers); the write's key lets the CRM take it once.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.adapters.tables import calls, insert_once, outbox, serials
from crm_bridge.requests import reference
from crm_bridge.unwritten import Unwritten
from crm_bridge.writes import Close, Continue, Open, Write, from_json, to_json

# Enough that requests fill all lanes of a delivery to its end; what a death in its middle may repeat, by key.
BATCH = 200
LONGEST_REFUSAL = 200

Verdict = Literal["waiting", "taken", "refused"]
"""What a CRM has said to a write so far."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Which request a call belongs to, for whom (None: not proven) and about what.

    `own`: the call opened it itself, so it may still turn out to belong to an older one.
    """

    call: str
    request: str
    citizen: str | None
    subject: str
    own: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write that waits in the outbox. `write` is None when its text cannot be read any more."""

    id: int
    key: str
    call: str | None
    request: str
    write: Write | None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A write that the CRM will not take: of which request, which kind, why, since when (unix seconds)."""

    request: str
    kind: str
    reason: str
    at: float


class Ledger:
    """The bridge's own tables."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_call(self, call: str) -> Opened | None:
        """Say which request the call belongs to, if it opened or continued one."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(calls).where(calls.c.call == call))).one_or_none()
        return Opened(row.call, row.request, row.citizen, row.subject, row.own) if row else None

    async def open(self, write: Open) -> str:
        """Give the request a number (`write.request` is not read), bind the call to it and post the write.

        Its reference. When another task bound the same call in the meantime, that one's reference.
        """
        async with self._engine.connect() as connection:
            number = reference(_year(write.at), await _next_serial(connection, _year(write.at)))
            numbered = replace(write, request=number)
            if await _bind(connection, numbered, own=True):
                await _post(connection, f"{write.call}:open", write.call, numbered)
                await connection.commit()
                return number
            await connection.rollback()
        bound = await self.of_call(write.call)
        return bound.request if bound else number

    async def continue_(self, write: Continue) -> str:
        """Bind the call to a request that is open, and post the write; the reference the call is bound to."""
        async with self._engine.begin() as connection:
            if await _bind(connection, write, own=False):
                await _post(connection, f"{write.call}:continue", write.call, write)
                return write.request
        bound = await self.of_call(write.call)
        return bound.request if bound else write.request

    async def learn(self, bound: Opened, write: Continue) -> None:
        """Take in that a bound call says more: give that to its request, or bind it to the older one it belongs to.

        A request that the call had opened for itself is closed then, for nobody worked on it yet; an older one is not.
        """
        same = write.request == bound.request
        now = {
            "request": write.request,
            "citizen": write.citizen,
            "subject": write.subject,
            "own": bound.own and same,
        }
        key = f"{write.call}:learn:{write.request}:{write.citizen}:{write.subject}"
        async with self._engine.begin() as connection:
            await connection.execute(update(calls).where(calls.c.call == write.call).values(**now))
            await _post(connection, key, write.call, write)
            if bound.own and not same:
                closed = Close(bound.request, write.at)
                await _post(connection, f"{write.call}:merge:{bound.request}", write.call, closed)

    async def post(self, key: str, call: str | None, write: Write) -> bool:
        """Put a write into the outbox; False when one with this key stands there already."""
        async with self._engine.begin() as connection:
            return await _post(connection, key, call, write)

    async def verdict(self, key: str) -> Verdict:
        """Say what has become of the write with this key."""
        query = select(outbox.c.done_at, outbox.c.refused).where(outbox.c.key == key)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.done_at is None:
            return "waiting"
        return "taken" if row.refused is None else "refused"

    async def newest(self, request: str, beginning: str = "") -> tuple[int, str] | None:
        """Give number and key of the write about this request that was posted last, whatever became of it.

        `beginning`: of those whose keys begin so.
        """
        query = select(outbox.c.id, outbox.c.key).where(outbox.c.request == request)
        if beginning:
            query = query.where(outbox.c.key.startswith(beginning, autoescape=True))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.order_by(outbox.c.id.desc()).limit(1))).one_or_none()
        return (row.id, row.key) if row else None

    async def waiting(self, passing_over: Collection[str] = ()) -> tuple[Waiting, ...]:
        """Give the oldest writes that wait, in the order in which they must be handed over.

        Those about the requests in `passing_over` are left where they are.
        """
        query = select(outbox).where(outbox.c.done_at.is_(None)).order_by(outbox.c.id).limit(BATCH)
        if passing_over:
            query = query.where(outbox.c.request.not_in(passing_over))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            Waiting(row.id, row.key, row.call, row.request, _read(row.write), row.tries) for row in rows
        )

    async def taken(self, writes: Collection[Waiting], at: float) -> None:
        """Note that the CRM took these. They are its own to keep: their texts (agents' notes) do not stay here."""
        if not writes:
            return
        async with self._engine.begin() as connection:
            await connection.execute(
                update(outbox)
                .where(outbox.c.id.in_([one.id for one in writes]))
                .values(done_at=at, refused=None, write="")
            )

    async def refused(self, waiting: Waiting, at: float, reason: str) -> None:
        """Note that the CRM will never take the write; it stays for a person to look at."""
        values = {"done_at": at, "refused": reason[:LONGEST_REFUSAL]}
        async with self._engine.begin() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == waiting.id).values(**values))

    async def refusals(self, most: int) -> tuple[Refused, ...]:
        """List what was refused, the newest first."""
        query = select(outbox).where(outbox.c.refused.is_not(None)).order_by(outbox.c.id.desc()).limit(most)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Refused(row.request, _kind(row.write), row.refused, row.done_at) for row in rows)

    async def unwritten(self) -> tuple[Unwritten, ...]:
        """Give everything that the CRM does not have: what waits for it, and what it refused."""
        left = or_(outbox.c.done_at.is_(None), outbox.c.refused.is_not(None))
        of_calls = outbox.outerjoin(calls, calls.c.call == outbox.c.call)
        query = select(outbox, calls.c.citizen.label("caller")).select_from(of_calls).where(left)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(outbox.c.id))).all()
        return tuple(
            Unwritten(row.request, row.call, row.caller, _read(row.write), row.refused, row.at)
            for row in rows
        )

    async def unopened(self, requests: Collection[str]) -> dict[str, set[str | None]]:
        """Say of which of these requests the CRM refused the `open`, and whose (calls') writes it refused with it."""
        query = select(outbox).where(outbox.c.refused.is_not(None), outbox.c.request.in_(requests))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        never = {row.request for row in rows if isinstance(_read(row.write), Open)}
        return {one: {row.call for row in rows if row.request == one} for one in never}

    async def again(self, request: str | None) -> int:
        """Let refused writes wait again, of one request or of all; how many. They keep their keys and their order."""
        waiting = (
            update(outbox).where(outbox.c.refused.is_not(None)).values(refused=None, done_at=None, tries=0)
        )
        if request is not None:
            waiting = waiting.where(outbox.c.request == request)
        async with self._engine.begin() as connection:
            return (await connection.execute(waiting)).rowcount

    async def tried(self, waiting: Waiting) -> None:
        """Count a try that failed."""
        async with self._engine.begin() as connection:
            await connection.execute(
                update(outbox).where(outbox.c.id == waiting.id).values(tries=outbox.c.tries + 1)
            )


def _year(at: float) -> int:
    return datetime.fromtimestamp(at, UTC).year


def _kind(text: str) -> str:
    write = _read(text)
    return type(write).__name__.lower() if write else "unreadable"


def _read(text: str) -> Write | None:
    try:
        return from_json(text)
    except ValueError:
        return None


async def _next_serial(connection: AsyncConnection, year: int) -> int:
    """Count on by one. The row is locked until the transaction ends: no number is given twice, none lost."""
    await insert_once(connection, serials, {"year": year, "last": 0})
    counted = await connection.execute(
        update(serials)
        .where(serials.c.year == year)
        .values(last=serials.c.last + 1)
        .returning(serials.c.last)
    )
    return int(counted.scalar_one())


async def _bind(connection: AsyncConnection, write: Open | Continue, *, own: bool) -> bool:
    return await insert_once(
        connection,
        calls,
        {
            "call": write.call,
            "request": write.request,
            "citizen": write.citizen,
            "subject": write.subject,
            "own": own,
            "at": write.at,
        },
    )


async def _post(connection: AsyncConnection, key: str, call: str | None, write: Write) -> bool:
    return await insert_once(
        connection,
        outbox,
        {
            "key": key,
            "call": call,
            "request": write.request,
            "write": to_json(write),
            "at": write.at,
            "tries": 0,
        },
    )
