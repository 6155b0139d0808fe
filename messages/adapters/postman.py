"""The postman: takes what lies in the outbox and hands it to the channels, by each codes in a lane of their own.

Theory of operation. The tables are the queue. A message is parted once into sendings (a row for each part on each
channel); a sending is claimed on disk, handed over, and its outcome written down with its message's. A code does not
wait behind receipts: its lane has rows, a loop and the first turn at the line of its own; and no channel waits behind
another: a mail server that answers nobody holds up no SMS. What came of a sending is written as often as it takes, for
nobody else knows it; a claim whose holder never came to that is a lease that ends. What was being handed over then, or
when a server died, is doubtful, and goes out once more: SMPP 3.4 has no way to ask whether a submit that was not
answered was taken, and SMTP none after the last dot.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from messages.adapters.lane import LOOK_S, Lane
from messages.adapters.sendings import Sendings
from messages.channels import Channel, Due, Report
from messages.early import Early
from messages.facts import CarrierBack, CarrierLost, MessageDelivered, MessageFailed, MessageSent
from messages.limits import AT_ANY_HOUR, call_of
from messages.news import News
from messages.pace import Pace
from messages.states import THROTTLED_REST_S, Refused, State, after

log = logging.getLogger("ventanilla.messages")

AGAIN_S = 1.0  # until what a database did not take or say is tried again
LINE_AGAIN_S = 2.0  # a line that broke in a way its channel does not know
SWEEP_S = 20.0  # a code that is too old is gone from the table within
REMEMBERED = 10_000  # messages of which it is known what was said of them last
REPORTS = 10_000  # reports that wait for the database; more are let go: a message then stays `sent`
HAND_OVER_S = 60.0  # a channel sets its own limits, which are shorter; this one is against our own faults
# So long an outcome is tried to be written; then it is forgotten, and the sending doubtful.
WRITES_S = 300.0

Quieted = Callable[[float], float | None]
Name = Literal["urgent", "ordinary"]
T = TypeVar("T")


class Postman:
    """The postman of one outbox. `run` must run as a task. `quiet` gives when the quiet that reigns ends."""

    def __init__(
        self,
        sendings: Sendings,
        channels: Mapping[str, tuple[Channel, Pace]],
        publish: Callable[[object], None],
        clock: Callable[[], float],
        quiet: Quieted,
    ) -> None:
        self._sendings, self._channels = sendings, channels
        self._publish, self._clock, self._quiet = publish, clock, quiet
        self._names = frozenset(channels)
        self._early = Early()
        self._told: OrderedDict[tuple[int, str], State] = OrderedDict()
        self._reports: asyncio.Queue[tuple[str, State, str]] = asyncio.Queue(REPORTS)
        self._in_hand = set[int]()
        self._lanes = {
            (name, channel): self._lane(name, channel, patient=True)
            for name in ("urgent", "ordinary")
            for channel in channels
        }

    def wake(self) -> None:
        """Look at once: something was left."""
        for lane in self._lanes.values():
            lane.wake()

    async def run(self) -> None:
        """Send, for ever. Who is cancelled takes nothing new, and hears what comes of what was handed over."""
        while not await self._whatever("doubts", self._take_up):
            continue
        async with asyncio.TaskGroup() as lines:
            for name, (channel, _) in self._channels.items():
                lines.create_task(self._line(channel, self._reporter(name)), name=f"post: {name}")
                lines.create_task(self._watch(channel), name=f"post: {name}, up or not")
            lines.create_task(self._take_reports(), name="post: reports")
            lines.create_task(self._sweep(), name="post: sweep")
            async with asyncio.TaskGroup() as lanes:  # ends before its lines do
                for (name, channel_name), lane in self._lanes.items():
                    lanes.create_task(lane.run(), name=f"post: {name} by {channel_name}")

    async def _take_up(self) -> bool:
        """Take up what a former server was just handing over; False when the database cannot say."""
        await self._doubt(at_once=True)
        return True

    async def _doubt(self, *, at_once: bool = False) -> None:
        doubted = await self._sendings.doubt(self._in_hand, at_once=at_once)
        if doubted.again or doubted.ended:
            how_many = (doubted.again, len(doubted.ended))
            log.warning(
                "nobody knows whether messages were taken: %d go out once more, %d no more", *how_many
            )
        for news in doubted.ended:
            self._tell(news)

    async def _line(self, channel: Channel, report: Report) -> None:
        """Keep a channel's line, whatever it meets there."""
        while True:
            try:
                await channel.run(report)
            except Exception as fault:  # noqa: BLE001 - a door: a carrier must not end the centre
                log.error("the line of %s broke: %s", channel.name, type(fault).__name__)
            await asyncio.sleep(LINE_AGAIN_S)

    async def round(self, name: Name) -> None:
        """Send what is due of one urgency, by one channel after the other."""
        for channel in self._channels:
            await self._lane(name, channel).once()

    def _lane(self, name: Name, channel: str, *, patient: bool = False) -> Lane:
        """Make a lane; a `patient` one looks again when the database did not answer."""

        async def look() -> tuple[Due, ...]:
            return await self._due(channel, urgent=name == "urgent")

        async def looks_again() -> tuple[Due, ...]:
            return await self._whatever(name, look) or ()

        return Lane(looks_again if patient else look, self._one, self._in_hand)

    async def _due(self, channel: str, *, urgent: bool) -> tuple[Due, ...]:
        await self._sendings.part(self._names, self._parts, urgent=urgent)
        up = self._channels[channel][0].up
        return await self._sendings.due(channel, urgent=urgent) if up else ()

    async def _one(self, sending: Due) -> None:
        try:
            await self._deliver(sending)
        except (SQLAlchemyError, OSError) as fault:  # it keeps its lease, or its turn; the others go on
            kind = type(fault).__name__
            log.error("a message %s waits for its database: %s", sending.piece.message, kind)
            await asyncio.sleep(AGAIN_S)

    def _parts(self, channel: str, text: str, language: str) -> int:
        return self._channels[channel][0].parts(text, language)

    async def _deliver(self, due: Due) -> None:
        """Hand one sending over and write down what came of it, or until when it waits."""
        piece, channel = due.piece, self._channels[due.channel][0]
        until = None if due.channel == "email" or piece.message in AT_ANY_HOUR else self._quiet(self._clock())
        if until is not None:
            await self._sendings.later(piece.sending, until)
            return
        await self._channels[due.channel][1].turn(urgent=piece.urgent)
        if self._clock() >= due.good_until or not await self._sendings.claim(piece.sending):
            return
        self._in_hand.add(piece.sending)
        try:
            await self._hand_over(due, channel)
        finally:
            self._in_hand.discard(piece.sending)

    async def _hand_over(self, due: Due, channel: Channel) -> None:
        try:
            async with asyncio.timeout(HAND_OVER_S):
                remote = await channel.send(due.piece)
        except Refused as refused:
            await self._refused(due, refused)
        except TimeoutError:
            await self._refused(due, Refused("no_answer", doubtful=True))
        except Exception as fault:  # noqa: BLE001 - a door: what one message does must not stop the others
            log.error("a message %s stopped its channel: %s", due.piece.message, type(fault).__name__)
            await self._refused(due, Refused("our_fault", doubtful=True))
        else:
            await self._taken(due, remote)

    async def _taken(self, due: Due, remote: str | None) -> None:
        await self._written(lambda: self._sendings.sent(due.piece.sending, remote))
        early = self._early.take(remote, self._clock())
        if early is not None and remote is not None:
            await self._written(lambda: self._sendings.reported(remote, *early))

    async def _refused(self, due: Due, refused: Refused) -> None:
        """Try again later, or never."""
        attempts, doubts = due.attempts + (not refused.throttled), due.doubts + refused.doubtful
        coming = after(refused, attempts, doubts, self._clock(), due.good_until)
        if refused.throttled:
            self._channels[due.channel][1].rest(THROTTLED_REST_S)
        sending, counted = due.piece.sending, not refused.throttled
        if coming.state is not State.WAITING:
            log.warning("a message %s was not sent: %s", due.piece.message, refused.why)
        await self._written(
            lambda: self._sendings.again(
                sending, coming, refused.why, doubtful=refused.doubtful, counted=counted
            )
        )

    async def _written(self, writing: Callable[[], Awaitable[News | None]]) -> News | None:
        """Write down what became of a sending, and tell it, as often as it takes. Raises SQLAlchemyError, OSError."""
        loop = asyncio.get_running_loop()
        until = loop.time() + WRITES_S
        while True:
            try:
                news = await writing()
            except (SQLAlchemyError, OSError) as fault:
                if loop.time() >= until:
                    raise
                log.error("what came of a message is not written yet: %s", type(fault).__name__)
                await asyncio.sleep(AGAIN_S)
            else:
                self._tell(news)
                return news

    # --- what the network says later ---

    def _reporter(self, channel: str) -> Report:
        def take(remote: str, state: State, why: str) -> None:
            try:
                self._reports.put_nowait((remote, state, why))
            except asyncio.QueueFull:
                log.error("a report of %s is let go: the database is too far behind", channel)

        return take

    async def _take_reports(self) -> None:
        while True:
            remote, state, why = await self._reports.get()
            await self._whatever("reports", lambda: self._reported(remote, state, why))  # noqa: B023 - awaited here

    async def _reported(self, remote: str, state: State, why: str) -> None:
        if await self._written(lambda: self._sendings.reported(remote, state, why)) is not None:
            return
        self._early.keep(remote, state, why, self._clock())

    # --- what is too old, and whether the line is there ---

    async def _sweep(self) -> None:
        while True:
            await self._whatever("sweep", self.sweep)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Let go of what is too old, and of leases that nobody came back from."""
        await self._doubt()
        for news in await self._sendings.sweep():
            self._tell(news)

    async def _watch(self, channel: Channel) -> None:
        """Say when a line goes and comes, and what waits is looked at then."""
        was: bool | None = None
        while True:
            if channel.up is not was:
                fact = CarrierBack if channel.up else CarrierLost
                if was is not None or not channel.up:
                    self._publish(fact(channel.name, self._clock()))
                was = channel.up
                self.wake()
            await asyncio.sleep(LOOK_S)

    def _tell(self, news: News | None) -> None:
        """Say what is new of a message, once, however many parts it has."""
        if news is None or self._told.get((news.letter, news.channel)) is news.state:
            return
        self._told[news.letter, news.channel] = news.state
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        about = (call_of(news.key), news.letter, news.message, news.channel)
        match news.state:
            case State.SENT:
                self._publish(MessageSent(*about, self._clock()))
            case State.DELIVERED:
                self._publish(MessageDelivered(*about, self._clock()))
            case State.FAILED | State.EXPIRED:
                self._publish(MessageFailed(*about, news.why or news.state.value, self._clock()))

    async def _whatever(self, what: str, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do a part of the work; a database that is away costs this round and no more."""
        try:
            return await work()
        except (SQLAlchemyError, OSError) as fault:
            log.error("the post (%s) waits for its database: %s", what, type(fault).__name__)
            await asyncio.sleep(AGAIN_S)
            return None
