"""The sendings in SQL: every step is on disk before the next is made, so that a killed server sends nothing twice.

Each sending is claimed by a statement that changes its row only if it still waits. A claim is a lease: who does not
write down in time what came of it is taken for dead, and the sending is doubtful. A sending's outcome and its message's
are one transaction, so a code's text is gone in the moment in which all of it was taken.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from messages.adapters.tables import outbox, sendings
from messages.channels import Due, Piece
from messages.limits import AT_ANY_HOUR, SECRET, call_of
from messages.news import Doubted, News
from messages.seal import Seal, Unsealable
from messages.states import GONE, MOST_DOUBTS, OVER, Next, State, of_channel, of_message

log = logging.getLogger("ventanilla.messages")

_WAITS = outbox.c.message.not_in(AT_ANY_HOUR)
"""Orders what people wait for, or must hear of, before what only confirms something (false comes before true)."""
_COLUMN = {"sms": outbox.c.number, "email": outbox.c.email}
BATCH = 50
MOST_SWEPT = 500
SWEPT_AGAIN_S = 3600.0  # what was being handed over when it grew too old, and a clock that was put back
LEASE_S = 90.0
"""How long a sending is believed to be in somebody's hands: longer than any channel takes (`postman.HAND_OVER_S`)."""
LONGEST_REMOTE = 64  # SMPP 3.4, 5.2.23: 65 octets with the one that ends it
LONGEST_WHY = 40


Parted = Callable[[str, str, str], int]
"""Says how many parts a text in a language takes by a channel."""


class Sendings:
    """The sendings of one outbox. `seal` opens what rests sealed in it."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float], seal: Seal) -> None:
        self._engine, self._clock, self._seal = engine, clock, seal
        self._swept = 0.0  # what was good until then is over; all that a former server left is looked at once
        # Each channel's lane parts for all: one at a time, or a row is written twice.
        self._parting = asyncio.Lock()
        self._settling = asyncio.Lock()  # two parts that end together: the second must see the first's end

    async def doubt(self, in_hand: Collection[int] = (), *, at_once: bool = False) -> Doubted:
        """Let what was handed over and never answered for wait again, as doubtful.

        That is what nobody has `in_hand` and whose lease has ended; at the start of a server (`at_once`) all of it.
        What was in doubt as often as may be is over: it may have arrived each time.
        """
        handed, now = sendings.c.state == State.SENDING.value, self._clock()
        late = handed if at_once else handed & (sendings.c.next_at <= now)
        ended, again = list[News](), 0
        async with self._settling, self._engine.begin() as connection:
            for row in (await connection.execute(select(sendings).where(late))).all():
                if row.id in in_hand:
                    continue
                worn = row.doubts + 1 >= MOST_DOUBTS
                state = State.FAILED if worn else State.WAITING
                values = {"state": state.value, "doubts": row.doubts + 1, "next_at": now, "changed_at": now,
                          "why": "no_answer"}  # fmt: skip
                await connection.execute(
                    update(sendings).where(sendings.c.id == row.id, handed).values(values)
                )
                if worn:
                    ended.append(await self._settle(connection, row.letter, row.channel))
                again += not worn
        return Doubted(again, tuple(ended))

    async def part(self, channels: frozenset[str], parts: Parted, *, urgent: bool) -> int:
        """Write the sendings of messages that have none yet, for the channels there are; how many messages."""
        new = (~outbox.c.parted) & (outbox.c.state == State.WAITING.value) & (outbox.c.urgent == urgent)
        reached = or_(*(_COLUMN[name].is_not(None) for name in channels))
        query = select(outbox).where(new, reached, outbox.c.good_until > self._clock())
        query = query.order_by(_WAITS, outbox.c.id).limit(BATCH)
        async with self._parting, self._engine.begin() as connection:
            rows = (await connection.execute(query)).all()
            written = 0
            for row in rows:
                text = self._text(row)
                if text is None:
                    log.error("message %d cannot be opened and is not sent", row.id)
                    await _put(connection, row.id, {"state": State.FAILED.value, "sealed": None})
                    continue
                ways = [name for name in sorted(channels) if _address(row, name)]
                made = [
                    one for name in ways for one in self._rows(row, name, parts(name, text, row.language))
                ]
                if made:
                    await connection.execute(insert(sendings), made)
                    await _put(connection, row.id, {"parted": True})
                    written += 1
        return written

    def _text(self, row: Row[*tuple[Any, ...]]) -> str | None:
        """Give what a message says; None for one that cannot be opened, or has gone."""
        if row.sealed is None:
            return row.text or None
        try:
            return self._seal.open(row.sealed, row.key, row.number, row.email)
        except Unsealable:
            return None

    def _rows(self, letter: Row[*tuple[Any, ...]], channel: str, parts: int) -> list[dict[str, object]]:
        now = self._clock()
        no_news = letter.message in SECRET or call_of(letter.key) is None
        return [
            {
                "letter": letter.id, "channel": channel, "part": part, "urgent": letter.urgent,
                "state": State.WAITING.value, "next_at": now, "changed_at": now, "filed": no_news or part > 0,
            }
            for part in range(parts)
        ]  # fmt: skip

    async def due(self, channel: str, *, urgent: bool) -> tuple[Due, ...]:
        """Give what is to go out now by a channel, warnings first, then what has been due for longest."""
        now = self._clock()
        waits = (sendings.c.state == State.WAITING.value) & (sendings.c.next_at <= now)
        mine = (sendings.c.urgent == urgent) & (sendings.c.channel == channel) & (outbox.c.good_until > now)
        joined = select(sendings, outbox, sendings.c.id.label("sending")).join_from(sendings, outbox)
        first = (_WAITS, sendings.c.next_at, sendings.c.id)
        query = joined.where(waits, mine).order_by(*first).limit(BATCH)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        said = ((row, self._text(row)) for row in rows)
        return tuple(_due(row, text, now) for row, text in said if text is not None)

    async def claim(self, sending: int) -> bool:
        """Write down that a sending goes out now, until its lease ends; False when it does not wait any more."""
        waits = (sendings.c.id == sending) & (sendings.c.state == State.WAITING.value)
        until = self._clock() + LEASE_S
        return await self._change(waits, state=State.SENDING, next_at=until, attempts=sendings.c.attempts + 1)

    async def later(self, sending: int, until: float) -> None:
        """Let a sending wait until a time, which is no attempt."""
        await self._change(sendings.c.id == sending, next_at=until)

    async def sent(self, sending: int, remote: str | None) -> News | None:
        """Write down that the other side has taken a sending, and the number it gave it; how its message stands."""
        number = _plain(remote, LONGEST_REMOTE) if remote else None
        return await self._ended(_handed(sending), state=State.SENT, remote=number)

    async def again(
        self, sending: int, coming: Next, why: str, *, doubtful: bool, counted: bool
    ) -> News | None:
        """Write down that a sending was not taken, and what comes of it; how its message stands, if that is its end."""
        news = await self._ended(
            _handed(sending),
            state=coming.state,
            next_at=coming.at,
            why=_plain(why, LONGEST_WHY),
            doubts=sendings.c.doubts + int(doubtful),
            attempts=sendings.c.attempts - int(not counted),
        )
        return None if coming.state is State.WAITING else news

    async def reported(self, remote: str, state: State, why: str) -> News | None:
        """Write down what the network says of a sending; its message, None when none of that number waits for it."""
        number = _plain(remote, LONGEST_REMOTE)
        theirs = (sendings.c.remote == number) & (sendings.c.state == State.SENT.value)
        newest = (
            select(func.max(sendings.c.id)).where(theirs).scalar_subquery()
        )  # centres number anew at times
        return await self._ended(
            (sendings.c.id == newest) & (sendings.c.state == State.SENT.value),
            state=state,
            why=_plain(why, LONGEST_WHY) or None,
        )

    async def _ended(self, where: ColumnElement[bool], **values: object) -> News | None:
        """Change a sending and bring its message up to it, in one; None when there is none such."""
        change = update(sendings).where(where).values(_values(values, self._clock()))
        async with self._settling, self._engine.begin() as connection:
            changed = await connection.execute(change.returning(sendings.c.letter, sendings.c.channel))
            row = changed.first()
            return await self._settle(connection, row.letter, row.channel) if row is not None else None

    async def _settle(self, connection: AsyncConnection, letter: int, channel: str) -> News:
        """Bring a message's state up to its sendings'; drop a code that is needed no more. How the channel stands."""
        row = (await connection.execute(select(outbox).where(outbox.c.id == letter).with_for_update())).one()
        query = select(sendings).where(sendings.c.letter == letter).order_by(sendings.c.id)
        parts = (await connection.execute(query)).all()
        by_channel = {
            name: of_channel(State(one.state) for one in parts if one.channel == name)
            for name in dict.fromkeys(one.channel for one in parts)
        }
        if by_channel.get(channel) in {State.FAILED, State.EXPIRED}:
            await _give_up(connection, letter, channel, self._clock())
        state = of_message(by_channel.values())
        left = any(one is State.WAITING for one in by_channel.values())
        await _put(connection, letter, _settled(row, state, left))
        why = next((one.why for one in parts if one.channel == channel and one.why), "") or ""
        return News(letter, row.key, row.message, channel, by_channel.get(channel, state), why)

    async def sweep(self) -> tuple[News, ...]:
        """Let what is too old go no more, and take its text if a code stands in it; the messages it happened to.

        What is just being handed over comes to its own end.
        """
        now = self._clock()
        open_still = or_(outbox.c.state == State.WAITING.value, outbox.c.sealed.is_not(None))
        late = outbox.c.good_until.between(self._swept, now) & open_still
        dead = {"state": State.EXPIRED.value, "why": "too_old", "changed_at": now}
        ended = list[News]()
        async with self._settling, self._engine.begin() as connection:
            query = select(outbox).where(late).order_by(outbox.c.good_until).limit(MOST_SWEPT)
            rows = (await connection.execute(query)).all()
            for row in rows:
                waits = (sendings.c.letter == row.id) & (sendings.c.state == State.WAITING.value)
                await connection.execute(update(sendings).where(waits).values(dead))
                theirs = select(sendings.c.channel, sendings.c.state).where(sendings.c.letter == row.id)
                state = _whole((await connection.execute(theirs)).all())
                gone: dict[str, object] = {"sealed": None} if row.message in SECRET else {}
                await _put(connection, row.id, {"state": state.value, **gone})
                if state is State.EXPIRED and row.state == State.WAITING.value:
                    ended.append(News(row.id, row.key, row.message, "", State.EXPIRED, "too_old"))
        self._swept = (rows[-1].good_until if len(rows) == MOST_SWEPT else now) - SWEPT_AGAIN_S
        return tuple(ended)

    async def _change(self, where: ColumnElement[bool], **values: object) -> bool:
        change = update(sendings).where(where).values(_values(values, self._clock()))
        async with self._engine.begin() as connection:
            return (await connection.execute(change)).rowcount == 1


def _handed(sending: int) -> ColumnElement[bool]:
    return (sendings.c.id == sending) & (sendings.c.state == State.SENDING.value)


def _values(values: Mapping[str, object], now: float) -> dict[str, object]:
    plain = {name: value.value if isinstance(value, State) else value for name, value in values.items()}
    return {**plain, "changed_at": now}


def _plain(word: str, longest: int) -> str:
    """Give a foreign word as a row can hold it, whatever the other side made of it."""
    return "".join(letter for letter in word if letter.isascii() and letter.isprintable())[:longest]


def _whole(parts: Collection[Row[*tuple[Any, ...]]]) -> State:
    """Give how a message stands by its parts; one that has none is too old."""
    if not parts:
        return State.EXPIRED
    channels = dict.fromkeys(one.channel for one in parts)
    return of_message(
        of_channel(State(one.state) for one in parts if one.channel == name) for name in channels
    )


def _settled(row: Row[*tuple[Any, ...]], state: State, left: bool) -> Mapping[str, object]:  # noqa: FBT001 - one of two facts
    done = not left and state in GONE | OVER
    return {"state": state.value, **({"sealed": None} if done and row.message in SECRET else {})}


async def _put(connection: AsyncConnection, letter: int, values: Mapping[str, object]) -> None:
    await connection.execute(update(outbox).where(outbox.c.id == letter).values(values))


async def _give_up(connection: AsyncConnection, letter: int, channel: str, now: float) -> None:
    """Send no further part of what will never be whole."""
    waits = (sendings.c.letter == letter) & (sendings.c.channel == channel)
    dead = {"state": State.FAILED.value, "changed_at": now}
    await connection.execute(
        update(sendings).where(waits, sendings.c.state == State.WAITING.value).values(dead)
    )


def _address(letter: Row[*tuple[Any, ...]], channel: str) -> str | None:
    address = getattr(letter, _COLUMN[channel].name)
    return str(address) if address else None


def _due(row: Row[*tuple[Any, ...]], text: str, now: float) -> Due:
    channel = str(row.channel)
    piece = Piece(
        row.letter, row.sending, row.part, _address(row, channel) or "", text, row.message, row.language, row.key,
        urgent=row.urgent, good_for_s=row.good_until - now,
    )  # fmt: skip
    return Due(channel, piece, row.attempts, row.doubts, row.good_until)
