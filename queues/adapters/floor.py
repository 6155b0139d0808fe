"""The live floor: the pure hall with a clock, a store, sessions that wait, and Asterisk.

Nothing is decided here. Every happening goes to the hall; then `settle` makes the pairs that can be made,
hands the changes to the store and the facts to `publish`. A session hears of its agent when the reservation is
on disk, so that a server killed in between has promised nothing it does not remember; but a disk that takes longer
than `limits.durable_s` does not keep a caller from an agent, and then a server killed in that moment forgets it (its
caller comes back and waits again).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Self

from queues import awaiting, helping
from queues import facts as fact
from queues.adapters.alarms import Alarms
from queues.adapters.rounds import Rounds
from queues.agents import FORCIBLE, PAUSE_REASONS, AgentState, Event, Happening, State
from queues.board import Board
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import AsteriskPort, Clock, Publish, Reservation, Store, WishForm
from queues.reconcile import Finding, differences
from queues.repairs import repair
from queues.restart import restore
from queues.router import Pair, explain
from queues.views import board_of, place_of
from queues.waiting_time import Place
from queues.why import WhyNotYet, sentences, why_not_yet
from queues.wishes import Named, Rules

log = logging.getLogger("ventanilla.queues")

# How long conversations take is learnt from those of the last day: at opening time yesterday's say it.
HANDLE_TIMES_OF_S = 86_400.0
LONGEST_REASON, LONGEST_ADDRESS = 40, 200  # what the tables hold (adapters/tables.py)
_Waiter = asyncio.Future[Reservation]


class Superseded(Exception):  # noqa: N818 - an ending, not an error
    """Another session waits for the same call now; this one has nothing to wait for."""


class Floor:
    """Who waits, who is free, who talks, live. `open` it first; all methods belong to the loop's thread."""

    def __init__(
        self,
        store: Store,
        publish: Publish,
        clock: Clock = time.time,
        *,
        rules: Rules | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.hall = Hall((), rules or Rules(), self.limits)
        self.asterisk: AsteriskPort | None = None
        # Whether somebody else says what follows when the agent of this call hangs up.
        self.steered: Callable[[str], bool] = lambda _: False
        # The calls of promised callbacks under way: whoever placed them says when they are over.
        self.promised: Callable[[], AbstractSet[str]] = frozenset
        self._watchers: list[Callable[[], None]] = []
        self._store, self._publish, self._clock = store, publish, clock
        self._waiters: dict[str, _Waiter] = {}
        self._rounds = Rounds("queues: floor", self._tick_and_rest)
        self._alarms = Alarms(self.tick, clock)

    async def open(self) -> Self:
        """Take up what the store remembers and begin to watch the time."""
        now = self._clock()
        self.hall.enrol(await self._store.agents())
        restore(self.hall, await self._store.load(now - HANDLE_TIMES_OF_S), now)
        self.settle()
        self._rounds.open()
        self._alarms.open()
        return self

    async def close(self) -> None:
        """Stop watching the time; states and places stay in the store."""
        await self._rounds.close()
        self._alarms.close()

    async def enrol(self) -> None:
        """Take up who may sign in as the store knows it now; who was struck off goes after the call at hand."""
        listed = {agent.name: agent for agent in await self._store.agents()}
        known = self.hall.people
        self.hall.enrol([agent for name, agent in listed.items() if known.get(name) != agent])
        for name in sorted(known.keys() - listed.keys()):
            self.hall.attempt(name, Event(Happening.SIGN_OUT, self._clock()))
        self.settle()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this, on the loop, after every change of the board; it must not wait or raise."""
        self._watchers.append(watcher)

    def now(self) -> float:
        """Tell the time, unix seconds."""
        return self._clock()

    # For the sessions (ivr/ports/floor.py Persons) ------------------------------------------------------

    async def wait(self, wish: WishForm, named: tuple[Named, ...] = ()) -> Reservation:
        """Wait for an agent; the same call waiting again has its place and `since` again.

        Cancelling keeps the place for a while; `left` gives it up. Raises TimeoutError at
        `limits.longest_wait_s`, Superseded when another session waits for the same call.
        """
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        before = self._waiters.get(wish.call)
        if before is not None and not before.done():
            before.set_exception(Superseded(wish.call))
        if (reserved := awaiting.awaits(self.hall, wish.call)) is not None:
            return reserved  # an agent picked up first, and waits for just this caller
        self.hall.want(wish, self._clock(), named)
        self._waiters[wish.call] = waiter
        self.settle()
        try:
            async with asyncio.timeout(self.limits.longest_wait_s):
                return await waiter
        except (asyncio.CancelledError, TimeoutError):
            self._withdraw(wish.call, waiter)
            raise
        finally:
            if self._waiters.get(wish.call) is waiter:
                del self._waiters[wish.call]

    def place(self, call: str) -> Place | None:
        """Say where a caller stands, None when not in line."""
        return place_of(self.hall, call, self._clock())

    def rang_out(self, call: str, agent: str = "") -> None:  # noqa: ARG002 - the port names who; we know
        """Nobody picked up: the agent is set aside, the caller keeps the place and waits again."""
        self.hall.rang_out(call, self._clock())
        self.settle()

    def rings(self, agent: str, call: str) -> None:
        """Take note that the reserved agent is rung by other means than a telephone of Asterisk's."""
        self.hall.rings(agent, call, self._clock())
        self.settle()

    def answered(self, call: str, agent: str = "") -> None:  # noqa: ARG002 - the port names who; we know
        """Take note that the agent answered; AMI usually says so first."""
        self.hall.answered(call, self._clock())
        self.settle()

    def ended(self, call: str) -> None:
        """End the conversation; the agent's wrap-up begins."""
        self.hall.ended(call, self._clock())
        self.settle()

    def left(self, call: str) -> None:
        """Give up a caller who is gone, or wants nobody any more."""
        self.hall.left(call, self._clock())
        self.settle()

    # For the desks; each returns when it is on disk --------------------------------------------------

    async def sign_in(self, agent: str, address: str = "browser") -> AgentState:
        """Sign an agent in, ready at once; signing in again only changes the address."""
        return await self._desk(agent, Happening.SIGN_IN, address=address)

    async def sign_out(self, agent: str) -> AgentState:
        """Sign an agent out, after the call at hand if there is one."""
        return await self._desk(agent, Happening.SIGN_OUT)

    async def ready(self, agent: str) -> AgentState:
        """Let calls come; during a call, take back a pause asked for."""
        return await self._desk(agent, Happening.READY)

    async def pause(self, agent: str, reason: str) -> AgentState:
        """Stop new calls, after the call at hand if there is one. Raises ValueError for an unknown reason."""
        if reason not in PAUSE_REASONS:
            raise ValueError(
                f"nobody pauses for {reason!r}: the reasons are {', '.join(sorted(PAUSE_REASONS))}"
            )
        return await self._desk(agent, Happening.PAUSE, reason=reason)

    async def wrap_up_done(self, agent: str) -> AgentState:
        """End the wrap-up before its limit."""
        return await self._desk(agent, Happening.WRAP_UP_DONE)

    async def force(self, agent: str, happening: Happening, by: str, reason: str) -> AgentState:
        """Let a supervisor move an agent; `by` and `reason` stand in the fact, done when it is on disk.

        FORCIBLE says what can be forced; like the agent's own wish it waits for the end of a call at hand.
        The reason code of a pause is `forced`. Raises IllegalHappening, UnknownAgent, ValueError.
        """
        if happening not in FORCIBLE:
            raise ValueError(f"nobody is forced to {happening}")
        if not reason or not by:
            raise ValueError("who forces an agent says who they are, and why")
        _demand_sayable(reason, by)
        self.hall.force(agent, Event(happening, self._clock(), reason=reason), by)
        await self.settle()
        return self.hall.states[agent]

    def state(self, agent: str) -> AgentState:
        """Say what an agent is doing. Raises KeyError for somebody who is no agent."""
        return self.hall.states[agent]

    async def hang_up_agent(self, call: str) -> bool:
        """Hang up the agent's telephone in this call; the caller's session goes on. False: not possible.

        Asterisk is told first that the caller waits again: should the server be lost just then, the dialplan
        brings the caller back instead of saying goodbye.
        """
        place = self.hall.places.get(call)
        channels = await self.asterisk.channels() if self.asterisk is not None else None
        if place is None or place.agent is None or self.asterisk is None or channels is None:
            return False
        caller = [channel.name for channel in channels if channel.call == call]
        agents = [one.name for one in channels if one.agent == place.agent and one.linked == call]
        if not caller or not agents:
            return False
        await self.asterisk.waits_again(caller[0])
        return await self.asterisk.hang_up(agents[0])

    # For whoever steers calls with several legs (server/steering.py) -----------------------------------

    def second_answered(self, agent: str, call: str) -> None:
        """Take note that a colleague who was asked answers."""
        helping.answered(self.hall, agent, call, self._clock())
        self.settle()

    def second_gone(self, agent: str, call: str) -> bool:
        """Let a colleague who was asked go; False for the one who has the caller."""
        gone = helping.gone(self.hall, agent, call, self._clock())
        self.settle()
        return gone

    def ask(self, call: str, second: str) -> Reservation:
        """Set a colleague aside for a call that another agent has.

        Raises IllegalHappening, UnknownAgent, KeyError, or Unfit for a provider's agent who may not hear of it.
        """
        reservation = helping.ask(self.hall, call, second, self._clock())
        self.settle()
        return reservation

    def hand(self, call: str, to: str) -> Reservation:
        """Let the agent go and set another aside for the caller. Raises as `ask` does."""
        reservation = helping.hand(self.hall, call, to, self._clock())
        self.settle()
        return reservation

    def rewish(self, call: str, subject: str, level: int, priority: int) -> bool:
        """Let a supervisor move a waiting caller; False for one who does not wait now."""
        done = self.hall.rewish(call, subject, level, priority, self._clock())
        self.settle()
        return done

    def may_take(self, call: str, second: str) -> bool:
        """Say whether a colleague may have this caller: somebody whom some waiting would have given them."""
        place = self.hall.places.get(call)
        return place is not None and helping.could_take(self.hall, place.wish, second)

    def complete(self, call: str, to: str) -> bool:
        """Give the caller to the colleague who was asked. Raises Unfit."""
        done = helping.complete(self.hall, call, to, self._clock())
        self.settle()
        return done

    def why(self, call: str) -> WhyNotYet | None:
        """Say why a caller is not served yet; None for one who is not in line."""
        return why_not_yet(self.hall, call, self._clock())

    def explain(self, call: str) -> tuple[str, ...]:
        """Say it in English sentences; none for a call that is not in line."""
        why = self.why(call)
        return () if why is None else sentences(why)

    def board(self) -> Board:
        """Take a picture of the floor for the wall."""
        asterisk = self.asterisk
        return board_of(
            self.hall,
            self._clock(),
            connected=asterisk is not None and asterisk.connected,
            latency_ms=asterisk.latency_ms if asterisk is not None else None,
            late_ms=asterisk.late_ms if asterisk is not None else None,
        )

    # For the reconciler and the ears -----------------------------------------------------------------

    def telephone(self, agent: str, *, reachable: bool) -> None:
        """Take note that an agent's telephone came or went; one that is not there is offered no call."""
        self.hall.reachable(agent, there=reachable, at=self._clock())
        self.settle()

    def repair(self, findings: Iterable[Finding]) -> None:
        """Put right what a comparison found."""
        for finding in findings:
            repair(self.hall, finding, self._clock())
        # A lease can be over before its session heard of it (a disk that hung): that session still waits.
        for call in self.hall.away_since.keys() & self._waiters.keys():
            self.hall.here(call)
        self.settle()

    def unattended(self) -> list[str]:
        """List the calls with a place that no session is waiting for: only Asterisk knows if they live."""
        promised = self.promised()
        return [call for call in self.hall.places if call not in self._waiters and call not in promised]

    # Inside ------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let time do its work: relaxed wishes, wrap-up limits, leases, places that nobody comes back to."""
        now = self._clock()
        self.hall.tick(now, self.promised())
        if self.asterisk is None:  # else the reconciler asks Asterisk before a lease is called over
            self.repair(differences(self.hall.states.values(), (), None, now))
        self.settle()

    async def _tick_and_rest(self) -> None:
        self.tick()
        await asyncio.sleep(self.limits.tick_s)

    async def _desk(
        self, agent: str, happening: Happening, *, reason: str = "", address: str = ""
    ) -> AgentState:
        _demand_sayable(reason, address)
        self.hall.happen(agent, Event(happening, self._clock(), reason=reason, address=address))
        await self.settle()
        return self.hall.states[agent]

    def settle(self) -> asyncio.Future[None]:
        """Make the pairs that can be made, write and say what changed; done when it is on disk."""
        made = self.hall.route(self._clock())
        changes, facts = self.hall.drain()
        self._alarms.follow(changes)
        on_disk = self._store.save(changes) if changes else _done()
        for said in facts:
            self._publish(said)
        for reservation, pair in made:
            self._deliver_when(on_disk, reservation, pair)
        if changes or facts:
            for watcher in self._watchers:
                watcher()
        return on_disk

    def _deliver_when(self, on_disk: asyncio.Future[None], reservation: Reservation, pair: Pair) -> None:
        """Tell the session once the reservation is on disk, or when the disk takes too long for a caller."""
        late = asyncio.get_running_loop().call_later(self.limits.durable_s, self._deliver, reservation, pair)

        def deliver(written: asyncio.Future[None]) -> None:
            late.cancel()
            if not written.cancelled() and written.exception() is None:  # else another server leads
                self._deliver(reservation, pair)

        on_disk.add_done_callback(deliver)

    def _deliver(self, reservation: Reservation, pair: Pair) -> None:
        state = self.hall.states[reservation.agent]
        waiter = self._waiters.get(reservation.call)
        if state.call != reservation.call or state.state is not State.RESERVED:
            return
        if waiter is None or waiter.done():
            return
        self._publish(_reserved(reservation, pair, self._clock()))
        waiter.set_result(reservation)

    def _withdraw(self, call: str, waiter: _Waiter) -> None:
        if self._waiters.get(call) is waiter:
            self.hall.withdraw(call, self._clock())
            self.settle()


def _demand_sayable(reason: str, address: str) -> None:
    """Refuse what the tables do not hold. Raises ValueError."""
    too_long = len(reason) > LONGEST_REASON or len(address) > LONGEST_ADDRESS
    if too_long or not (reason + address).isprintable():
        raise ValueError("a reason or an address that is too long, or has control characters in it")


def _done() -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


def _reserved(reservation: Reservation, pair: Pair, at: float) -> fact.AgentReserved:
    return fact.AgentReserved(
        reservation.call, reservation.agent, reservation.endpoint, reservation.lease_until, explain(pair), at
    )
