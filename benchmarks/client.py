"""A load shaped like Asterisk's, from one process with one epoll: as little client as Python allows.

Started by `benchmarks.fastagi` as `python -m benchmarks.client '{"port": …, "mode": …}'`; prints one line
of JSON. A session connects (2 s limit, as Asterisk's), says its greeting in one small write a line, and
answers every command.
"""

from __future__ import annotations  # array is no generic before Python 3.12

import collections
import gc
import json
import random
import select
import socket
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.script import ANSWERS, PEER_SCRIPT, greeting, our_greeting
from ivr.adapters.descriptors import allow_open_files

CONNECT_S = 2.0
"""MAX_AGI_CONNECT of Asterisk: then the call gets AGISTATUS=FAILURE."""
RAMP_S = 20.0
"""Most time to bring up the sessions of a run; what is not up then counts as lost."""
PACE = 64
"""Connects under way while sessions are brought up one after the other; a burst has no such limit."""

clock = time.perf_counter


@dataclass(eq=False, slots=True)
class Session:
    """One call seen from Asterisk: its socket and what it waits for."""

    sock: socket.socket
    born: float
    started: bool = False
    greeted: bool = False
    asked_at: float = 0.0
    pending: bytes = b""
    turns: int = 0
    at_once: int = 0


@dataclass
class Tally:
    """What was seen: seconds of turns and set-ups, ended sessions, lost ones."""

    turns: array[float] = field(default_factory=lambda: array("d"))
    setups: array[float] = field(default_factory=lambda: array("d"))
    ended: int = 0
    lost: int = 0
    odd: int = 0
    commands: int = 0


class Load:
    """All sessions of one run on one epoll."""

    def __init__(self, port: int, *, ours: bool) -> None:
        self.port = port
        self.ours = ours
        self.tally = Tally()
        self.epoll = select.epoll()
        self.sessions: dict[int, Session] = {}
        self.ready: collections.deque[Session] = collections.deque()
        self.connecting = 0
        self.at_once = False
        self.refill: Callable[[], object] = lambda: None
        # No call of this run has the id of one before: it would be taken up where that one was left.
        self._number = int(time.time()) % 10_000 * 100_000

    def connect(self) -> Session | None:
        sock = socket.socket()
        sock.setblocking(False)
        failed = sock.connect_ex(("127.0.0.1", self.port))
        if failed not in {0, 115}:  # 115: under way
            sock.close()
            self.tally.lost += 1
            return None
        session = Session(sock, clock())
        self.sessions[sock.fileno()] = session
        self.epoll.register(sock.fileno(), select.EPOLLOUT | select.EPOLLIN)
        self.connecting += 1
        return session

    def greet(self, session: Session) -> None:
        self._number += 1
        call = f"ventanilla-1763791200.{self._number}"
        lines = our_greeting(call) if self.ours else greeting(call, PEER_SCRIPT)
        for line in lines:
            session.sock.send(line)

    def close(self, session: Session) -> None:
        fd = session.sock.fileno()
        if fd < 0:
            return
        if not session.greeted:
            self.connecting -= 1
        del self.sessions[fd]
        session.sock.close()  # leaves the epoll by itself

    def step(self, timeout: float) -> None:
        for fd, happened in self.epoll.poll(timeout):
            session = self.sessions.get(fd)
            if session is None:
                continue
            try:
                if not session.greeted and happened & select.EPOLLOUT:
                    self._established(session)
                if happened & ~select.EPOLLOUT:
                    self._readable(session)
            except OSError:
                self._lost(session)

    def _established(self, session: Session) -> None:
        failed = session.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise OSError(failed, "connect")
        self.greet(session)
        session.greeted = True
        self.connecting -= 1
        self.epoll.modify(session.sock.fileno(), select.EPOLLIN)

    def _readable(self, session: Session) -> None:
        heard = session.sock.recv(4096)
        now = clock()
        if not heard:
            self._ended(session)
            return
        if not session.started:
            session.started = True
            self.tally.setups.append(now - session.born)
        else:
            self.tally.turns.append(now - session.asked_at)
        self.tally.commands += 1
        session.pending = ANSWERS[min(session.turns, len(ANSWERS) - 1)]
        session.turns += 1
        if self.at_once or session.turns <= session.at_once:
            self.reply(session)
        else:
            self.ready.append(session)

    def reply(self, session: Session) -> None:
        session.asked_at = clock()
        session.sock.send(session.pending)
        session.pending = b""

    def _ended(self, session: Session) -> None:
        self.close(session)
        self.tally.ended += 1
        self.tally.odd += session.turns != len(ANSWERS)
        self.refill()

    def _lost(self, session: Session) -> None:
        self.close(session)
        self.tally.lost += 1
        self.refill()

    def give_up_late_connects(self) -> None:
        now = clock()
        for session in [s for s in self.sessions.values() if not s.greeted and now - s.born > CONNECT_S]:
            self._lost(session)


def saturate(load: Load, concurrent: int, sessions: int, seconds: float) -> dict[str, Any]:
    """Keep `concurrent` sessions going, each answered at once, until enough are over or the time is."""
    load.at_once = True
    begun = 0

    def refill() -> None:
        nonlocal begun
        if begun < sessions:
            begun += 1
            load.connect()

    load.refill = refill
    started = clock()
    for _ in range(concurrent):
        refill()
    while load.sessions and clock() - started < seconds:
        load.step(0.05)
        load.give_up_late_connects()
    took = clock() - started
    return {"seconds": took, "sessions_s": load.tally.ended / took}


def hold(load: Load, held: int, rate: float, seconds: float) -> dict[str, Any]:
    """Hold sessions that wait for an answer; give `rate` answers a second, to whoever waited longest first."""
    _bring_up(load, held)
    up, load.refill = len(load.sessions), load.connect
    memory = _report("up")
    load.tally.turns = array("d")
    load.tally.commands = 0
    started = clock()
    due, starved = 0, 0
    while (elapsed := clock() - started) < seconds:
        load.step(0.001)  # in the kernel's grain: a thousandth's answers go out together
        while due < elapsed * rate:
            due += 1
            if load.ready:
                _answer(load)
            else:
                starved += 1
    _count_unanswered(load)
    return {"seconds": seconds, "held": up, "starved": starved, "offered": due, "memory": memory}


def _bring_up(load: Load, wanted: int) -> None:
    begun, started = 0, clock()
    while len(load.ready) < wanted and clock() - started < RAMP_S:
        while begun - load.tally.lost < wanted and load.connecting < PACE:
            begun += 1
            session = load.connect()
            if session is not None:  # so that calls begin and end all the time, as they do
                session.at_once = random.randrange(len(ANSWERS))  # noqa: S311  (no secret)
        load.step(0.001)
        load.give_up_late_connects()


def _answer(load: Load) -> None:
    session = load.ready.popleft()
    if session.sock.fileno() < 0:
        return
    try:
        load.reply(session)
    except OSError:
        load._lost(session)  # noqa: SLF001  (one module)


def _count_unanswered(load: Load) -> None:
    """Whoever still waits for a command has waited this long at least."""
    now = clock()
    load.tally.turns.extend(
        now - session.asked_at
        for session in load.sessions.values()
        if session.asked_at and not session.pending and session.started
    )


def burst(load: Load, calls: int) -> dict[str, Any]:
    """Everybody connects in the same instant, and is answered at once."""
    load.at_once = True
    started = clock()
    for _ in range(calls):
        load.connect()
    while load.sessions and clock() - started < RAMP_S:
        load.step(0.05)
        load.give_up_late_connects()
    load.tally.lost += len(load.sessions)
    return {"seconds": clock() - started}


def _report(word: str) -> str:
    """Tell the parent that a point was reached, and go on when it has looked."""
    print(word, flush=True)
    sys.stdin.readline()
    return word


def _quantiles(seconds: array[float]) -> Iterator[tuple[str, float]]:
    ordered = sorted(seconds)
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        yield name, 1000 * ordered[int(len(ordered) * part)] if ordered else float("nan")


def main() -> None:
    """Run what the one argument asks for on core 1."""
    wish = json.loads(sys.argv[1])
    allow_open_files(20_000)
    gc.disable()
    load = Load(wish["port"], ours=wish["ours"])
    match wish["mode"]:
        case "saturate":
            seen = saturate(load, wish["concurrent"], wish["sessions"], wish["seconds"])
        case "hold":
            seen = hold(load, wish["held"], wish["rate"], wish["seconds"])
        case _:
            seen = burst(load, wish["calls"])
    tally = load.tally
    seen |= {"ended": tally.ended, "lost": tally.lost, "odd": tally.odd, "commands": tally.commands}
    seen |= {f"turn_{name}": value for name, value in _quantiles(tally.turns)}
    seen |= {f"setup_{name}": value for name, value in _quantiles(tally.setups)}
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    main()
