"""The facts as Asterisk's own `queue_log`, for the reporting tools that read it. Pure.

Format: time|callid|queue|agent|event|data1|…, as on docs.asterisk.org, Operation, Logging, Queue Logs. A queue's name
is the subject, with the level behind it above the first: `pension`, `pension-2`; a member's is the agent's. Where
app_queue would write what we do not know, the field is empty, or what it was at first (a position).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from server.figures.records import Row

NONE = "NONE"
CONTEXT = "ventanilla"
"""What stands for the dialplan's context of a transfer; the extension is the queue that the caller goes to."""


class Line(NamedTuple):
    """One line of the log. `at`: unix seconds."""

    at: float
    call: str
    queue: str
    agent: str
    event: str
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = (str(int(self.at)), self.call, self.queue, self.agent, self.event, *self.rest)
        return "|".join(map(_clean, words))


@dataclass(frozen=True, slots=True)
class Standing:
    """A caller in one queue, as far as the log has told."""

    queue: str
    position: int
    rang_at: float | None = None
    hold_s: float = 0.0
    agent: str | None = None
    passed_to: str = ""


def queue_of(subject: str, level: int) -> str:
    """Give the queue's name."""
    return subject if level <= 1 else f"{subject}-{level}"


def _clean(word: str) -> str:
    return "".join(sign for sign in word if sign.isprintable() and sign != "|")


TYPES = (
    "CallerWaiting", "AgentRinging", "RangOut", "TalkStarted", "RequestPassedOn", "TalkEnded", "HandedOver",
    "CallerLeft",
    "PersonRefused", "CallbackTaken", "CallEnded", "AgentStateChanged", "StepEntered", "PersonWanted",
)  # fmt: skip
"""The types of facts that mean something here."""


def queues_in(facts: Iterable[Row]) -> set[str]:
    """Give the queues that somebody stood in."""
    return {queue_of(fact["subject"], fact["level"]) for fact in facts if fact["type"] == "CallerWaiting"}


class QueueLog:
    """Turns facts, in the order they were written, into lines. `queues`: all that agents are members of."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._queues = tuple(sorted(set(queues)))
        self._callers: dict[str, Standing] = {}
        self._left: dict[str, tuple[Line, Standing]] = {}
        self._talked: dict[str, tuple[Line, Standing]] = {}
        self._agents: dict[str, str] = {}
        self._reads: Mapping[str, Callable[[Row], Iterator[Line]]] = {
            "CallerWaiting": self._enters,
            "AgentRinging": self._rings,
            "RangOut": self._rang_out,
            "TalkStarted": self._connects,
            "RequestPassedOn": self._passed_on,
            "TalkEnded": self._completes,
            "HandedOver": self._handed_over,
            "CallerLeft": self._leaves,
            "PersonRefused": self._turned_away,
            "CallbackTaken": self._called_back,
            "CallEnded": self._call_ends,
            "AgentStateChanged": self._state,
        }

    def lines(self, facts: Iterable[Row]) -> list[Line]:
        """Give the lines in the order of time: a talk's last one is only known when it shows how it ended."""
        told = [*self._told(facts)]
        held = (line for kept in (self._talked, self._left) for line, _ in kept.values())
        return sorted((*told, *held), key=lambda line: line.at)

    def _told(self, facts: Iterable[Row]) -> Iterator[Line]:
        for fact in facts:
            read = self._reads.get(fact["type"])
            if read is not None:
                yield from read(fact)
            elif fact["type"] in {"StepEntered", "PersonWanted"}:
                yield from self._goes_on(fact["call"])

    # Callers -------------------------------------------------------------------------------------------

    def _enters(self, fact: Row) -> Iterator[Line]:
        call, queue = fact["call"], queue_of(fact["subject"], fact["level"])
        yield from self._goes_on(call)
        self._callers[call] = Standing(queue, fact["position"])
        yield Line(fact["at"], call, queue, NONE, "ENTERQUEUE", ("", "", str(fact["position"])))

    def _rings(self, fact: Row) -> Iterator[Line]:
        caller = self._callers.get(fact["call"])
        if caller is not None:
            self._callers[fact["call"]] = replace(caller, rang_at=fact["at"])
        yield from ()

    def _rang_out(self, fact: Row) -> Iterator[Line]:
        caller = self._callers.get(fact["call"])
        if caller is not None:
            rang = 0.0 if caller.rang_at is None else max(0.0, fact["at"] - caller.rang_at)
            self._callers[fact["call"]] = replace(caller, rang_at=None)
            rest = (str(round(rang * 1000)),)
            yield Line(fact["at"], fact["call"], caller.queue, fact["agent"], "RINGNOANSWER", rest)

    def _connects(self, fact: Row) -> Iterator[Line]:
        caller = self._callers.get(fact["call"])
        if caller is None:
            return
        rang = 0.0 if caller.rang_at is None else max(0.0, fact["at"] - caller.rang_at)
        hold = max(0.0, fact["waited"])
        self._callers[fact["call"]] = replace(caller, hold_s=hold, agent=fact["agent"])
        rest = (str(round(hold)), "", str(round(rang)))
        yield Line(fact["at"], fact["call"], caller.queue, fact["agent"], "CONNECT", rest)

    def _passed_on(self, fact: Row) -> Iterator[Line]:
        caller = self._callers.get(fact["call"])
        if caller is not None and caller.agent is not None:
            queue = queue_of(fact["subject"], fact["level"])
            self._callers[fact["call"]] = replace(caller, passed_to=queue)
        yield from ()

    def _completes(self, fact: Row) -> Iterator[Line]:
        """Keep the line back: who ended the talk shows in what the call does next."""
        caller = self._callers.pop(fact["call"], None)
        if caller is None:
            return
        times = (str(round(caller.hold_s)), str(round(max(0.0, fact["talked"]))), str(caller.position))
        line = Line(fact["at"], fact["call"], caller.queue, fact["agent"], "COMPLETECALLER", times)
        if caller.passed_to:
            line = line._replace(event="BLINDTRANSFER", rest=(caller.passed_to, CONTEXT, *times))
        self._talked[fact["call"]] = (line, caller)
        yield from ()

    def _handed_over(self, fact: Row) -> Iterator[Line]:
        """Make a transfer to a colleague of the talk's end: what comes after it is in no queue."""
        held = self._talked.pop(fact["call"], None)
        if held is not None:
            times = held[0].rest[-3:]  # hold time, call time, original position
            yield held[0]._replace(event="BLINDTRANSFER", rest=(fact["to"], CONTEXT, *times))

    def _leaves(self, fact: Row) -> Iterator[Line]:
        caller = self._callers.pop(fact["call"], None)
        if caller is not None:
            rest = (*(str(caller.position),) * 2, str(round(max(0.0, fact["waited"]))))
            line = Line(fact["at"], fact["call"], caller.queue, NONE, "ABANDON", rest)
            self._left[fact["call"]] = (line, caller)
        yield from ()

    def _turned_away(self, fact: Row) -> Iterator[Line]:
        left = self._left.pop(fact["call"], None)
        if left is not None:
            yield left[0]._replace(event="EXITWITHTIMEOUT")

    def _called_back(self, fact: Row) -> Iterator[Line]:
        """Leave the queue by a key; which key, nobody is told."""
        caller = self._callers.pop(fact["call"], None) or self._left.pop(fact["call"], (None, None))[1]
        if caller is not None:
            rest = ("", *(str(caller.position),) * 2, str(round(max(0.0, fact["waited"]))))
            yield Line(fact["at"], fact["call"], caller.queue, NONE, "EXITWITHKEY", rest)

    def _call_ends(self, fact: Row) -> Iterator[Line]:
        """End what the call left open: it went with its caller. The talk's end may be said only after this."""
        for kept in (self._talked, self._left):
            held = kept.pop(fact["call"], None)
            if held is not None:
                yield held[0]

    def _goes_on(self, call: str) -> Iterator[Line]:
        """End what the call left open: it goes on, so it was the agent who ended the talk."""
        talked = self._talked.pop(call, None)
        if talked is not None:
            line = talked[0]
            yield line._replace(event="COMPLETEAGENT") if line.event == "COMPLETECALLER" else line
        left = self._left.pop(call, None)
        if left is not None:
            yield left[0]

    # Members -------------------------------------------------------------------------------------------

    def _state(self, fact: Row) -> Iterator[Line]:
        agent, before, now = fact["agent"], self._agents.get(fact["agent"], "signed_out"), fact["state"]
        self._agents[agent] = now
        if before == "signed_out" and now != "signed_out":
            yield from self._member(fact, "ADDMEMBER")
        if before == "paused" and now != "paused":
            yield from self._member(fact, "UNPAUSE")
        if now == "paused" and before != "paused":
            yield from self._member(fact, "PAUSE", fact["reason"])
        if now == "signed_out" and before != "signed_out":
            yield from self._member(fact, "REMOVEMEMBER")

    def _member(self, fact: Row, event: str, *rest: str) -> Iterator[Line]:
        for queue in self._queues:
            yield Line(fact["at"], NONE, queue, fact["agent"], event, rest)
