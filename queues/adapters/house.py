"""The whole room, put together: store, floor, Asterisk, reconciler and the net's mirror."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from queues.adapters.ami import Ami
from queues.adapters.callback_store import SqlCallbacks
from queues.adapters.clock import SteadyClock
from queues.adapters.ears import Ears
from queues.adapters.floor import Floor
from queues.adapters.lead import Lead
from queues.adapters.net import Mirror
from queues.adapters.reconciler import Reconciler
from queues.adapters.store import SqlStore
from queues.agents import Agent
from queues.limits import Limits
from queues.ports import Clock, Publish
from queues.reconcile import Channel
from queues.wishes import Rules


@dataclass(frozen=True, slots=True)
class ManagerLine:
    """Where Asterisk's manager interface is, and who we are there."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Customs:
    """How this institution wants it."""

    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)


class Queues:
    """The room. `open` before use, `close` at the end; `floor` is what sessions, desks and walls speak to."""

    def __init__(
        self,
        engine: AsyncEngine,
        publish: Publish,
        line: ManagerLine,
        customs: Customs | None = None,
        clock: Clock | None = None,
        beside: Callable[[], tuple[Channel, ...]] = tuple,
    ) -> None:
        """Put the room together; `beside` gives the channels of calls that are not in Asterisk."""
        customs = customs or Customs()
        self.lead = Lead(engine)
        self.store = SqlStore(engine, self.lead)
        self.callbacks = SqlCallbacks(engine, self.lead)
        self.publish = publish
        self.floor = Floor(
            self.store,
            publish,
            clock or SteadyClock(publish),
            rules=customs.rules,
            limits=customs.limits,
        )
        self.ears = Ears(self.floor, publish, self._doubt)
        self.ami = Ami(line.host, line.port, line.user, line.secret, self.ears)
        self.floor.asterisk = self.ami
        self.ami.when_late = self._doubt
        self.reconciler = Reconciler(self.floor, self.ami, beside)
        self.mirror = Mirror(self.floor, self.ami)

    async def open(self, people: Iterable[Agent] = ()) -> Self:
        """Take the lead, enrol these people, take up what was remembered, and begin; Asterisk may come later.

        Raises LedByAnother. Whoever opened it runs `lead.hold` beside it, which says when another took the lead.
        """
        await self.lead.take()
        await self.store.enrol(people)
        await self.store.open()
        await self.floor.open()
        await self.ami.open()
        await self.reconciler.open()
        await self.mirror.open()
        return self

    async def close(self) -> None:
        """Stop in the opposite order; the last changes are written, and the next one may lead."""
        for part in (self.mirror, self.reconciler, self.ami, self.floor, self.store):
            await part.close()
        await self.lead.give_up()

    def _doubt(self) -> None:
        self.reconciler.soon()
        self.mirror.soon()
