"""The postman: takes what lies in the outbox and hands it to the channels, codes in a lane of their own.

Theory of operation. The tables are the queue. A message is parted once into sendings (a row for each part on each
channel); a sending is claimed on disk, handed over, and its outcome written down; then its message is settled. A code
does not wait behind receipts: its lane has rows, a loop and the first turn at the line of its own. What was being
handed over when a server died is doubtful, and goes out once more: SMPP 3.4 has no way to ask whether a submit that was
not answered was taken, and SMTP none after the last dot.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from messages.adapters.sendings import Due, News, Sendings
from messages.channels import Channel, Report
from messages.facts import CarrierBack, CarrierLost, MessageDelivered, MessageFailed, MessageSent
from messages.limits import AT_ANY_HOUR
from messages.pace import Pace
from messages.states import THROTTLED_REST_S, Refused, State, after

log = logging.getLogger("ventanilla.messages")

LOOK_S = 1.0  # what waits for a later time is found within
LINE_AGAIN_S = 2.0  # a line that broke in a way its channel does not know
SWEEP_S = 20.0  # a code that is too old is gone from the table within
AT_ONCE = 10  # sendings that wait for their answers at the same time
REMEMBERED = 10_000  # messages of which it is known what was said of them last
EARLY = 1_000  # reports kept that come before the answer to what they report
HAND_OVER_S = 60.0  # a channel sets its own limits, which are shorter; this one is against our own faults

Quieted = Callable[[float], float | None]
Lane = Literal["urgent", "ordinary"]


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
        self._woken: dict[Lane, asyncio.Event] = {"urgent": asyncio.Event(), "ordinary": asyncio.Event()}
        self._early: OrderedDict[str, tuple[State, str]] = OrderedDict()
        self._told: OrderedDict[tuple[int, str], State] = OrderedDict()
        self._reports: asyncio.Queue[tuple[str, str, State, str]] = asyncio.Queue()

    def wake(self) -> None:
        """Look at once: something was left."""
        for event in self._woken.values():
            event.set()

    async def run(self) -> None:
        """Send, for ever."""
        await self._whatever("doubts", self._doubt)
        async with asyncio.TaskGroup() as group:
            for name, (channel, _) in self._channels.items():
                group.create_task(self._line(channel, self._reporter(name)), name=f"post: {name}")
                group.create_task(self._watch(channel), name=f"post: {name}, up or not")
            lanes: tuple[Lane, ...] = ("urgent", "ordinary") if self._channels else ()
            for lane in lanes:
                group.create_task(self._lane(lane), name=f"post: {lane}")
            group.create_task(self._take_reports(), name="post: reports")
            group.create_task(self._sweep(), name="post: sweep")

    async def _doubt(self) -> None:
        if doubtful := await self._sendings.doubt():
            log.warning(
                "%d messages were being handed over when the server ended; they go out once more", doubtful
            )

    async def _line(self, channel: Channel, report: Report) -> None:
        """Keep a channel's line, whatever it meets there."""
        while True:
            try:
                await channel.run(report)
            except Exception as fault:  # noqa: BLE001 - a door: a carrier must not end the centre
                log.error("the line of %s broke: %s", channel.name, type(fault).__name__)
            await asyncio.sleep(LINE_AGAIN_S)

    async def _lane(self, lane: Lane) -> None:
        woken = self._woken[lane]
        while True:
            woken.clear()
            busy = await self._whatever(lane, lambda: self.round(lane))
            if busy:
                continue
            try:
                async with asyncio.timeout(LOOK_S):
                    await woken.wait()
            except TimeoutError:
                continue

    async def round(self, lane: Lane) -> bool:
        """Send what is due in one lane; whether there was anything."""
        urgent = lane == "urgent"
        await self._sendings.part(self._names, self._parts, urgent=urgent)
        up = frozenset(name for name, (channel, _) in self._channels.items() if channel.up)
        due = await self._sendings.due(up, urgent=urgent) if up else ()
        some = asyncio.Semaphore(AT_ONCE)

        async def one(sending: Due) -> bool:
            async with some:
                return await self._deliver(sending)

        gone = await asyncio.gather(*(one(sending) for sending in due))
        return any(gone)

    def _parts(self, channel: str, text: str, language: str) -> int:
        return self._channels[channel][0].parts(text, language)

    async def _deliver(self, due: Due) -> bool:
        """Hand one sending over and write down what came of it; False when it is to wait."""
        piece, channel = due.piece, self._channels[due.channel][0]
        until = None if due.channel == "email" or piece.message in AT_ANY_HOUR else self._quiet(self._clock())
        if until is not None:
            await self._sendings.later(piece.sending, until)
            return False
        await self._channels[due.channel][1].turn(urgent=piece.urgent)
        if self._clock() >= due.good_until or not await self._sendings.claim(piece.sending):
            return False
        try:
            async with asyncio.timeout(HAND_OVER_S):
                remote = await channel.send(piece)
        except Refused as refused:
            await self._refused(due, refused)
        except TimeoutError:
            await self._refused(due, Refused("no_answer", doubtful=True))
        except Exception as fault:  # noqa: BLE001 - a door: what one message does must not stop the others
            log.error("a message %s stopped its channel: %s", piece.message, type(fault).__name__)
            await self._refused(due, Refused("our_fault", doubtful=True))
        else:
            await self._taken(due, remote)
        return True

    async def _taken(self, due: Due, remote: str | None) -> None:
        await self._sendings.sent(due.piece.sending, remote)
        early = self._early.pop(remote, None) if remote else None
        if early is not None and remote is not None:
            await self._sendings.reported(remote, *early)
        self._tell(await self._sendings.settle(due.piece.letter, due.channel))

    async def _refused(self, due: Due, refused: Refused) -> None:
        """Try again later, or never."""
        attempts, doubts = due.attempts + (not refused.throttled), due.doubts + refused.doubtful
        coming = after(refused, attempts, doubts, self._clock(), due.good_until)
        if refused.throttled:
            self._channels[due.channel][1].rest(THROTTLED_REST_S)
        sending, counted = due.piece.sending, not refused.throttled
        await self._sendings.again(sending, coming, refused.why, doubtful=refused.doubtful, counted=counted)
        if coming.state is not State.WAITING:
            log.warning("a message %s was not sent: %s", due.piece.message, refused.why)
            self._tell(await self._sendings.settle(due.piece.letter, due.channel))

    # --- what the network says later ---

    def _reporter(self, channel: str) -> Report:
        return lambda remote, state, why: self._reports.put_nowait((channel, remote, state, why))

    async def _take_reports(self) -> None:
        while True:
            channel, remote, state, why = await self._reports.get()
            await self._whatever("reports", lambda: self._reported(channel, remote, state, why))  # noqa: B023 - awaited here

    async def _reported(self, channel: str, remote: str, state: State, why: str) -> None:
        letter = await self._sendings.reported(remote, state, why)
        if letter is not None:
            self._tell(await self._sendings.settle(letter, channel))
            return
        self._early[remote] = (state, why)
        if len(self._early) > EARLY:
            self._early.popitem(last=False)

    # --- what is too old, and whether the line is there ---

    async def _sweep(self) -> None:
        while True:
            await self._whatever("sweep", self.sweep)
            await asyncio.sleep(SWEEP_S)

    async def sweep(self) -> None:
        """Let go of what is too old."""
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
        call = news.key.partition(":")[0] if ":" in news.key else None
        about = (call, news.letter, news.message, news.channel)
        match news.state:
            case State.SENT:
                self._publish(MessageSent(*about, self._clock()))
            case State.DELIVERED:
                self._publish(MessageDelivered(*about, self._clock()))
            case State.FAILED | State.EXPIRED:
                self._publish(MessageFailed(*about, news.why or news.state.value, self._clock()))

    async def _whatever(self, what: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do a part of the work; a database that is away costs this round and no more."""
        try:
            return await work()
        except (SQLAlchemyError, OSError) as fault:
            log.error("the post (%s) waits for its database: %s", what, type(fault).__name__)
            await asyncio.sleep(LOOK_S)
            return False
