"""The sendings in SQL: every step is on disk before the next is made, so that a killed server sends nothing twice.

Each sending is claimed by a statement that changes its row only if it still waits.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messages.adapters.tables import outbox, sendings
from messages.channels import Piece
from messages.limits import SECRET
from messages.states import GONE, MOST_DOUBTS, OPEN, OVER, Next, State, of_channel, of_message

_COLUMN = {"sms": outbox.c.number, "email": outbox.c.email}
BATCH = 50
MOST_SWEPT = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A sending that is to go out now: by which channel, what, how often it was tried, until when it is good."""

    channel: str
    piece: Piece
    attempts: int
    doubts: int
    good_until: float


@dataclass(frozen=True, slots=True)
class News:
    """A message whose state on a channel has changed."""

    letter: int
    key: str
    message: str
    channel: str
    state: State
    why: str


Parted = Callable[[str, str, str], int]
"""Says how many parts a text in a language takes by a channel."""


class Sendings:
    """The sendings of one outbox."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine, self._clock = engine, clock
        self._settling = asyncio.Lock()  # two parts that end together: the second must see the first's end

    async def doubt(self) -> int:
        """Let what a killed server was just handing over wait again, as doubtful; how many there were.

        What was in doubt as often as may be is over: it may have arrived each time.
        """
        handed = sendings.c.state == State.SENDING.value
        worn = sendings.c.doubts + 1 >= MOST_DOUBTS
        over = {"state": State.FAILED.value, "doubts": sendings.c.doubts + 1, "changed_at": self._clock()}
        again = {"state": State.WAITING.value, "doubts": sendings.c.doubts + 1}
        async with self._engine.begin() as connection:
            ended = await connection.execute(update(sendings).where(handed & worn).values(over))
            waiting = await connection.execute(update(sendings).where(handed).values(again))
        return ended.rowcount + waiting.rowcount

    async def part(self, channels: frozenset[str], parts: Parted, *, urgent: bool) -> int:
        """Write the sendings of messages that have none yet, for the channels there are; how many messages."""
        new = (~outbox.c.parted) & (outbox.c.state == State.WAITING.value) & (outbox.c.urgent == urgent)
        reached = or_(*(_COLUMN[name].is_not(None) for name in channels))
        query = select(outbox).where(new, reached, outbox.c.good_until > self._clock())
        async with self._engine.begin() as connection:
            rows = (await connection.execute(query.order_by(outbox.c.id).limit(BATCH))).all()
            written = 0
            for row in rows:
                ways = [name for name in sorted(channels) if _address(row, name)]
                made = [
                    one for name in ways for one in self._rows(row, name, parts(name, row.text, row.language))
                ]
                if made:
                    await connection.execute(insert(sendings), made)
                    await connection.execute(update(outbox).where(outbox.c.id == row.id).values(parted=True))
                    written += 1
        return written

    def _rows(self, letter: Row[*tuple[object, ...]], channel: str, parts: int) -> list[dict[str, object]]:
        now = self._clock()
        return [
            {
                "letter": letter.id, "channel": channel, "part": part, "urgent": letter.urgent,
                "state": State.WAITING.value, "next_at": now, "changed_at": now,
            }
            for part in range(parts)
        ]  # fmt: skip

    async def due(self, channels: frozenset[str], *, urgent: bool) -> tuple[Due, ...]:
        """Give what is to go out now by these channels, oldest first."""
        now = self._clock()
        waits = (sendings.c.state == State.WAITING.value) & (sendings.c.next_at <= now)
        mine = (sendings.c.urgent == urgent) & sendings.c.channel.in_(channels) & (outbox.c.good_until > now)
        joined = select(sendings, outbox, sendings.c.id.label("sending")).join_from(sendings, outbox)
        query = joined.where(waits, mine).order_by(sendings.c.id).limit(BATCH)
        async with self._engine.connect() as connection:
            return tuple(_due(row, now) for row in await connection.execute(query))

    async def claim(self, sending: int) -> bool:
        """Write down that a sending goes out now; False when it does not wait any more."""
        waits = (sendings.c.id == sending) & (sendings.c.state == State.WAITING.value)
        return await self._change(waits, state=State.SENDING, attempts=sendings.c.attempts + 1)

    async def sent(self, sending: int, remote: str | None) -> bool:
        """Write down that the other side has taken a sending, and the number it gave it."""
        mine = (sendings.c.id == sending) & (sendings.c.state == State.SENDING.value)
        return await self._change(mine, state=State.SENT, remote=remote)

    async def later(self, sending: int, until: float) -> None:
        """Let a sending wait until a time, which is no attempt."""
        await self._change(sendings.c.id == sending, next_at=until)

    async def again(self, sending: int, coming: Next, why: str, *, doubtful: bool, counted: bool) -> None:
        """Write down that a sending was not taken, and what comes of it."""
        await self._change(
            (sendings.c.id == sending) & (sendings.c.state == State.SENDING.value),
            state=coming.state,
            next_at=coming.at,
            why=why,
            doubts=sendings.c.doubts + int(doubtful),
            attempts=sendings.c.attempts - int(not counted),
        )

    async def reported(self, remote: str, state: State, why: str) -> int | None:
        """Write down what the network says of a sending; its message, None when none of that number waits for it."""
        theirs = (sendings.c.remote == remote) & (sendings.c.state == State.SENT.value)
        newest = (
            select(func.max(sendings.c.id)).where(theirs).scalar_subquery()
        )  # centres number anew at times
        news = {"state": state.value, "why": why or None, "changed_at": self._clock()}
        done = update(sendings).where(sendings.c.id == newest).values(news)
        async with self._engine.begin() as connection:
            letter: int | None = (
                (await connection.execute(done.returning(sendings.c.letter))).scalars().first()
            )
        return letter

    async def settle(self, letter: int, channel: str | None = None) -> News | None:
        """Bring a message's state up to its sendings'; drop a code that is needed no more. How a channel stands."""
        async with self._settling, self._engine.begin() as connection:
            row = (await connection.execute(select(outbox).where(outbox.c.id == letter))).one()
            query = select(sendings).where(sendings.c.letter == letter).order_by(sendings.c.id)
            parts = (await connection.execute(query)).all()
            by_channel = {
                name: of_channel(State(one.state) for one in parts if one.channel == name)
                for name in dict.fromkeys(one.channel for one in parts)
            }
            if channel is not None and by_channel.get(channel) in {State.FAILED, State.EXPIRED}:
                await _give_up(connection, letter, channel, self._clock())
            state = of_message(by_channel.values())
            left = any(one is State.WAITING for one in by_channel.values())
            await connection.execute(
                update(outbox).where(outbox.c.id == letter).values(_settled(row, state, left))
            )
        if channel is None:
            return None
        why = next((one.why for one in parts if one.channel == channel and one.why), "") or ""
        return News(letter, row.key, row.message, channel, by_channel[channel], why)

    async def sweep(self) -> tuple[News, ...]:
        """Let what is too old go no more, and take its text if a code stands in it; the messages it happened to."""
        now = self._clock()
        old = (outbox.c.good_until <= now) & (outbox.c.text != "")
        late = old & ((outbox.c.state == State.WAITING.value) | outbox.c.message.in_(SECRET))
        async with self._engine.begin() as connection:
            rows = (await connection.execute(select(outbox).where(late).limit(MOST_SWEPT))).all()
            for row in rows:
                dead = {"state": State.EXPIRED.value, "why": "too_old", "changed_at": now}
                theirs = (sendings.c.letter == row.id) & sendings.c.state.in_([one.value for one in OPEN])
                await connection.execute(update(sendings).where(theirs).values(dead))
                state = State.EXPIRED.value if row.state == State.WAITING.value else row.state
                text = "" if row.message in SECRET else row.text
                await connection.execute(
                    update(outbox).where(outbox.c.id == row.id).values(state=state, text=text)
                )
        dead_ones = (row for row in rows if row.state == State.WAITING.value)
        return tuple(News(row.id, row.key, row.message, "", State.EXPIRED, "too_old") for row in dead_ones)

    async def _change(self, where: object, **values: object) -> bool:
        plain = {name: value.value if isinstance(value, State) else value for name, value in values.items()}
        change = update(sendings).where(where).values(**plain, changed_at=self._clock())  # type: ignore[arg-type]
        async with self._engine.begin() as connection:
            return (await connection.execute(change)).rowcount == 1


def _settled(row: Row[*tuple[object, ...]], state: State, left: bool) -> Mapping[str, str]:  # noqa: FBT001 - one of two facts
    done = not left and state in GONE | OVER
    return {"state": state.value, **({"text": ""} if done and row.message in SECRET else {})}


async def _give_up(connection: AsyncConnection, letter: int, channel: str, now: float) -> None:
    """Send no further part of what will never be whole."""
    waits = (sendings.c.letter == letter) & (sendings.c.channel == channel)
    dead = {"state": State.FAILED.value, "changed_at": now}
    await connection.execute(
        update(sendings).where(waits, sendings.c.state == State.WAITING.value).values(dead)
    )


def _address(letter: Row[*tuple[object, ...]], channel: str) -> str | None:
    address = getattr(letter, _COLUMN[channel].name)
    return str(address) if address else None


def _due(row: Row[*tuple[object, ...]], now: float) -> Due:
    channel = str(row.channel)
    piece = Piece(
        row.letter, row.sending, row.part, _address(row, channel) or "", row.text, row.message, row.language, row.key,
        urgent=row.urgent, good_for_s=row.good_until - now,
    )  # fmt: skip
    return Due(channel, piece, row.attempts, row.doubts, row.good_until)
