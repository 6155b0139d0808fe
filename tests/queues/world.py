"""A centre on paper with every fault: Asterisk's truth, a disk, an AMI that loses words, a server that can be killed.

The server is the real one (Floor, Ears, Reconciler); what stands around it behaves as Asterisk and the dialplan
do: a caller whose session dies comes back after four seconds and after five vain attempts stands in the net; a
Dial that was under way goes on without its session. Time passes only by `passes`.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from queues.adapters.ears import Ears
from queues.adapters.floor import Floor, Superseded
from queues.adapters.reconciler import Reconciler
from queues.agents import Agent, State
from queues.limits import Limits
from queues.ports import Change
from queues.reconcile import Channel
from tests.queues.fakes import Clock, Form, MemoryStore, PaperAsterisk

LIMITS = Limits()
PEOPLE = (
    Agent("ana", "Ana", 1, {"es": 5}),
    Agent("jordi", "Jordi", 1, {"es": 4}),
    Agent("nadie", "Nadie", 1, {}),  # trained in nothing: signs in like everybody, and is offered nothing
)
RING_S = 15.0
COMES_BACK_S, ATTEMPTS, NET_S = 4.0, 5, 60.0
Event = Callable[[Ears], None]


class Disk:
    """What outlives the server. A write is there when `write` was called, or at once while `prompt`."""

    def __init__(self) -> None:
        self.kept = MemoryStore(PEOPLE)
        self.prompt = True


class Pen(MemoryStore):
    """One server's way to the disk: what it has not written dies with it."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(PEOPLE)
        self.disk, self.alive = disk, True
        self.states, self.places, self.outcomes = disk.kept.states, disk.kept.places, disk.kept.outcomes
        self._waiting: list[tuple[list[Change], asyncio.Future[None]]] = []

    def save(self, changes: Iterable[Change]) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((list(changes), done))
        if self.disk.prompt:
            self.write()
        return done

    def write(self) -> None:
        """Let everything be on disk, in order."""
        for changes, done in self._waiting:
            for change in changes if self.alive else ():
                self._keep(change)
            if self.alive and not done.done():
                done.set_result(None)
        self._waiting.clear()


@dataclass(slots=True)
class Caller:
    """One caller's channel. `where`: session, between (the dialplan's music), dial, net, gone."""

    call: str
    where: str = "between"
    agent: str | None = None  # whom Asterisk rings or bridges for this caller
    bridged: bool = False
    waiting: bool = True  # VT_WAITING
    returns_at: float = 0.0
    attempts: int = 0
    rings_until: float = 0.0
    dialled: "asyncio.Future[bool] | None" = None  # what Dial tells the session, if that lives
    wished: bool = False


@dataclass(slots=True)
class Talk:
    """A conversation as the CDR has it; `unseen`: for all of it the server was dead or heard nothing."""

    call: str
    agent: str
    unseen: bool = True


@dataclass(slots=True)
class World:
    """Everything. `open` first."""

    clock: Clock = field(default_factory=Clock)
    disk: Disk = field(default_factory=Disk)
    callers: dict[str, Caller] = field(default_factory=dict)
    cdr: list[Talk] = field(default_factory=list)
    said: list[object] = field(default_factory=list)
    hears: bool = True  # AMI is connected
    late: list[tuple[float, Event]] = field(default_factory=list)
    delivery: Callable[[], tuple[float, ...]] = lambda: (
        0.0,
    )  # after how long an event comes; twice, never: ()
    paper: PaperAsterisk = field(default_factory=PaperAsterisk)
    up: bool = False
    durable_s: float = (
        1e6  # real time does not pass here: 0.0, an agent is promised without the disk, or this
    )
    skew: float = 0.0  # what the machine's clock was set by before the next server starts
    pen: Pen = field(init=False)
    floor: Floor = field(init=False)
    ears: Ears = field(init=False)
    reconciler: Reconciler = field(init=False)
    requests: list[asyncio.Task[None]] = field(default_factory=list)  # of desks, some never answered
    _looks_at: float = 0.0
    _sessions: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    # The server --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start a server on what the disk remembers."""
        self.pen = Pen(self.disk)
        skew = self.skew
        limits = replace(LIMITS, durable_s=self.durable_s)
        self.floor = Floor(self.pen, self.said.append, lambda: self.clock() + skew, limits=limits)
        self.ears = Ears(self.floor, self.said.append, self._doubt)
        await self.floor.open()
        await self.floor.close()  # the world's own time calls `tick`
        self.floor.asterisk = self.paper
        self.reconciler = Reconciler(self.floor, self.paper)
        self.up, self._looks_at = True, self.clock()

    async def kill(self) -> None:
        """Kill -9: sessions, memory and everything not yet on disk are gone; Asterisk notices nothing yet."""
        self.pen.alive = self.up = False
        sessions, self._sessions = self._sessions, {}
        for call, session in sessions.items():
            session.cancel()
            caller = self.callers[call]
            caller.dialled = None
            if caller.where == "session":
                self._goes_round(caller)
        await asyncio.gather(*sessions.values(), return_exceptions=True)
        self.late.clear()  # an event that nobody is connected for is told to nobody

    def _doubt(self) -> None:
        self._looks_at = self.clock()

    # What people do ----------------------------------------------------------------------------------

    async def rings_up(self, call: str) -> None:
        """A citizen calls."""
        self.callers[call] = Caller(call, returns_at=self.clock())
        await self._dialplan()

    async def picks_up(self, agent: str) -> None:
        """An agent answers the telephone that rings."""
        for caller in self.callers.values():
            if caller.agent == agent and not caller.bridged:
                caller.bridged = True
                self.cdr.append(Talk(caller.call, agent))
                self._tell(lambda ears, call=caller.call: ears.agent_answered(agent, call))  # type: ignore[misc]
        await settled()

    async def agent_hangs_up(self, agent: str) -> None:
        """An agent ends the conversation, or refuses the ringing."""
        for caller in self.callers.values():
            if caller.agent == agent:
                await self._dial_ends(caller)

    async def caller_hangs_up(self, call: str) -> None:
        """A citizen hangs up."""
        caller = self.callers[call]
        if caller.where == "gone":
            return
        if caller.agent is not None:
            self._agent_is_free(caller)
        caller.where = "gone"
        session = self._sessions.pop(call, None)
        if session is not None:  # the session reads HANGUP
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)
            self.floor.left(call)
        self._tell(lambda ears: ears.caller_hung_up(call))
        await settled()

    # Time --------------------------------------------------------------------------------------------

    async def passes(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass, second by second, with all it brings."""
        until = self.clock() + seconds
        while self.clock() < until:
            self.clock.passes(min(step, until - self.clock()))
            await self._second()

    async def _second(self) -> None:
        now = self.clock()
        for caller in self.callers.values():
            if caller.agent is not None and not caller.bridged and caller.rings_until <= now:
                await self._dial_ends(caller)
        await self._dialplan()
        self._events_due()
        if self.up:
            self.floor.tick()
            if self._looks_at <= now:
                await self._look()
        await settled()
        self._witness()

    async def _look(self) -> None:
        self.paper.listed = self.channels() if self.hears else None
        before = self.reconciler._seen
        certain = await self.reconciler.look()
        doubt = len(self.reconciler._seen) > len(certain) and self.reconciler._seen != before
        self._looks_at = self.clock() + (1.0 if doubt else LIMITS.reconcile_every_s)

    def channels(self) -> tuple[Channel, ...]:
        """What CoreShowChannels lists."""
        listed = []
        for number, caller in enumerate(self.callers.values()):
            if caller.where == "gone":
                continue
            listed.append(
                Channel(f"PJSIP/trunk-{number}", caller.call, caller.call, None, True, caller.bridged)
            )
            if caller.agent is not None:
                name, up = f"PJSIP/agent-{caller.agent}-{number:08x}", caller.bridged
                listed.append(Channel(name, f"{caller.call}9", caller.call, caller.agent, up, up))
        return tuple(listed)

    def _witness(self) -> None:
        """Note which conversations the server heard of and has on disk."""
        for talk in self.cdr:
            caller = self.callers[talk.call]
            if self.up and self.hears and caller.bridged and caller.agent == talk.agent:
                believed = self.disk.kept.states[talk.agent]
                if talk.call in self.disk.kept.places and (believed.state, believed.call) == (
                    State.TALKING,
                    talk.call,
                ):
                    talk.unseen = False

    # Asterisk ----------------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        if self.up and self.hears:
            self.late += [(self.clock() + after, event) for after in self.delivery()]
            self._events_due()

    def _events_due(self) -> None:
        due = [event for at, event in self.late if at <= self.clock()]
        self.late = [(at, event) for at, event in self.late if at > self.clock()]
        for event in due if self.up else ():
            event(self.ears)

    def _is_busy(self, agent: str) -> bool:
        return any(caller.agent == agent for caller in self.callers.values())

    def _rings(self, caller: Caller, agent: str) -> None:
        caller.agent, caller.bridged, caller.rings_until = agent, False, self.clock() + RING_S
        self._tell(lambda ears: ears.agent_rings(agent, caller.call))

    def _agent_is_free(self, caller: Caller) -> None:
        agent, caller.agent = caller.agent, None
        caller.bridged = False
        self._tell(lambda ears: ears.agent_hung_up(agent or "", caller.call))

    async def _dial_ends(self, caller: Caller) -> None:
        answered = caller.bridged
        self._agent_is_free(caller)
        if caller.dialled is not None:
            caller.where = "session"
            if not caller.dialled.done():
                caller.dialled.set_result(answered)
        elif answered:  # the dialplan: DIALSTATUS is ANSWER and the caller waits for nobody more
            caller.where = "gone"
            self._tell(lambda ears: ears.caller_hung_up(caller.call))
        elif caller.where == "dial":
            self._goes_round(caller)
        await settled()

    def _goes_round(self, caller: Caller) -> None:
        caller.where, caller.returns_at = "between", self.clock() + COMES_BACK_S
        caller.attempts += 1

    async def _dialplan(self) -> None:
        now = self.clock()
        for caller in self.callers.values():
            if caller.where == "between" and caller.returns_at <= now:
                self._agi(caller)
            elif caller.where == "net" and caller.agent is None:
                self._net(caller)
        await settled()

    def _agi(self, caller: Caller) -> None:
        if self.up:
            caller.where, caller.attempts = "session", 0
            self._sessions[caller.call] = asyncio.create_task(self._session(caller), name=caller.call)
        elif caller.attempts < ATTEMPTS:
            self._goes_round(caller)
        else:
            caller.where, caller.returns_at = "net", self.clock() + NET_S

    def _net(self, caller: Caller) -> None:
        """The net: members are those whom the disk has signed in; who waits too long leaves a number and is gone."""
        if caller.returns_at <= self.clock():
            caller.where = "gone"
            self._tell(lambda ears: ears.caller_hung_up(caller.call))
            return
        members = [state for state in self.disk.kept.states.values() if state.state is not State.SIGNED_OUT]
        for member in members:
            if member.state is not State.PAUSED and not self._is_busy(member.agent):
                self._rings(caller, member.agent)
                return

    # The server's session with one caller ------------------------------------------------------------

    async def _session(self, caller: Caller) -> None:
        with suppress(Superseded):
            while not await self._served(caller):
                pass
        caller.where = "gone"
        self._sessions.pop(caller.call, None)
        self._tell(lambda ears: ears.caller_hung_up(caller.call))

    async def _served(self, caller: Caller) -> bool:
        caller.waiting = caller.wished = True
        reservation = await self.floor.wait(Form(caller.call, language="es"))
        if self._is_busy(reservation.agent):  # Dial: BUSY
            self.floor.rang_out(caller.call)
            return False
        caller.waiting, caller.where = False, "dial"
        caller.dialled = asyncio.get_running_loop().create_future()
        self._rings(caller, reservation.agent)
        answered = await caller.dialled
        caller.dialled = None
        if answered:
            self.floor.ended(caller.call)
        else:
            self.floor.rang_out(caller.call)
        return answered


async def settled() -> None:
    """Let every task come as far as it can."""
    for _ in range(6):
        await asyncio.sleep(0)
