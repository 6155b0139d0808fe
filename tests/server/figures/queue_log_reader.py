"""A reader of queue_log that is not ours to please: from the published description of the file alone.

https://docs.asterisk.org/Operation/Logging/Queue-Logs/ says which parameters each event has; nothing here knows of
our facts. It sums up as reporting tools do: by queue, from CONNECT, COMPLETE…, ABANDON and EXITWITH….
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

PARAMETERS = {
    "ABANDON": ("position", "origposition", "waittime"),
    "ADDMEMBER": (),
    "BLINDTRANSFER": ("extension", "context", "holdtime", "calltime", "origposition"),
    "COMPLETEAGENT": ("holdtime", "calltime", "origposition"),
    "COMPLETECALLER": ("holdtime", "calltime", "origposition"),
    "CONNECT": ("holdtime", "bridgedchanneluniqueid", "ringtime"),
    "ENTERQUEUE": ("url", "callerid", "origposition"),
    "EXITWITHKEY": ("key", "position", "origposition", "waittime"),
    "EXITWITHTIMEOUT": ("position", "origposition", "waittime"),
    "PAUSE": ("reason",),
    "REMOVEMEMBER": (),
    "RINGNOANSWER": ("ringtime",),
    "UNPAUSE": (),
}
NUMBERS = {"position", "origposition", "waittime", "holdtime", "calltime", "ringtime"}
ENDS = {"ABANDON", "BLINDTRANSFER", "COMPLETEAGENT", "COMPLETECALLER", "EXITWITHKEY", "EXITWITHTIMEOUT"}
ABOUT_MEMBERS = {"ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE"}


@dataclass
class Sums:
    """What a report says of one queue."""

    events: Counter[str] = field(default_factory=Counter)
    hold_s: int = 0
    talk_s: int = 0
    abandoned_after_s: int = 0


@dataclass
class Reader:
    """Reads lines; raises ValueError for one that is not as described, or not possible after those before it."""

    queues: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    members: set[tuple[str, str]] = field(default_factory=set)
    inside: dict[str, str] = field(default_factory=dict)
    last: int = 0

    def read(self, text: str) -> "Reader":
        for line in text.splitlines():
            at, call, queue, agent, event, *rest = line.split("|")
            if int(at) < self.last:
                raise ValueError(f"time runs back: {line}")
            self.last = int(at)
            names = PARAMETERS[event]
            if len(rest) != len(names):
                raise ValueError(f"{event} has {len(names)} parameters: {line}")
            numbers = {name: int(value) for name, value in zip(names, rest, strict=True) if name in NUMBERS}
            self._event(event, call, queue, agent)
            self._sum(self.queues[queue], event, numbers)
        return self

    def _event(self, event: str, call: str, queue: str, agent: str) -> None:
        if event in ABOUT_MEMBERS:
            if call != "NONE":
                raise ValueError(f"{event} is no call's")
            self._member(event, (queue, agent))
        elif event == "ENTERQUEUE":
            if self.inside.setdefault(call, queue) != queue or agent != "NONE":
                raise ValueError("a call is in one queue, and nobody's yet")
        elif self.inside.get(call) != queue:
            raise ValueError(f"{event} of a call that is not in {queue}")
        elif event in ENDS:
            del self.inside[call]

    def _member(self, event: str, who: tuple[str, str]) -> None:
        if (event == "ADDMEMBER") == (who in self.members):
            raise ValueError(f"{event} of {who}, who is a member: {who in self.members}")
        if event == "ADDMEMBER":
            self.members.add(who)
        if event == "REMOVEMEMBER":
            self.members.remove(who)

    def _sum(self, sums: Sums, event: str, numbers: dict[str, int]) -> None:
        sums.events[event] += 1
        if event == "CONNECT":
            sums.hold_s += numbers["holdtime"]
        if event in {"COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER"}:
            sums.talk_s += numbers["calltime"]
        if event == "ABANDON":
            sums.abandoned_after_s += numbers["waittime"]
