"""What Asterisk itself wrote of its calls: CDR (who was there) and CEL (when each channel talked in a bridge).

`asterisk-conf/cdr_custom.conf` and `cel_custom.conf` say which columns. A call is known by the id of the channel it
began with, which all its channels bear as their linked id; its day is that of the second the id names.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from queues import telephones
from server.figures.spans import Span

CDR_COLUMNS, CEL_COLUMNS = 10, 5
_STARTED = re.compile(r"-(\d{9,11})\.\d+$", re.ASCII)
_AGENT = re.compile(r"PJSIP/(?:agent|outside)-(.+)-[0-9a-f]{8}$")


@dataclass(slots=True)
class AsteriskCall:
    """One call as Asterisk has it.

    `talks`: from when to when each agent's channel was in bridges, by channel: a hold is no end of a talk.
    `origin`: the channel the call began with.
    """

    call: str
    ended: bool = False
    origin: str = ""
    talks: dict[str, tuple[float, float]] = field(default_factory=dict)
    bridged: set[str] = field(default_factory=set)

    @property
    def came_in(self) -> bool:
        """Whether somebody called us; else it is a call of our own, such as a supervisor's who listens."""
        return self.origin.startswith(("PJSIP/trunk-", "PJSIP/browser-")) or not self.origin

    @property
    def agents(self) -> set[str]:
        """Who talked, or talks still."""
        return {owner for name in self.talks if (owner := _agent_of(name))}

    @property
    def talked_s(self) -> float | None:
        """Seconds in which any agent talked; None when a bridge was never told to be over."""
        if self.bridged:
            return None
        return sum(ends - begins for begins, ends in _merged(self.talks.values()))


def started(call: str) -> float:
    """Give the second in which a call's channel was made, from its id; 0 for an id of another shape."""
    found = _STARTED.search(call)
    return float(found[1]) if found else 0.0


def calls_of(
    cdr: Iterable[Sequence[str]], cel: Iterable[Sequence[str]], span: Span
) -> dict[str, AsteriskCall]:
    """Put together the calls that began in the span. Lines of another shape (a full disk cuts one) are passed over."""
    found: dict[str, AsteriskCall] = {}
    for line in cel:
        if len(line) == CEL_COLUMNS and span.begins <= started(line[3]) < span.ends:
            _event(found.setdefault(line[3], AsteriskCall(line[3])), line)
    for line in cdr:
        if len(line) == CDR_COLUMNS and span.begins <= started(line[1]) < span.ends:
            call = found.setdefault(line[1], AsteriskCall(line[1]))
            call.ended, call.origin = True, line[2] if line[0] == line[1] else call.origin
    return found


def lines(folder: Path, name: str, since: date) -> Iterator[list[str]]:
    """Read a log of Asterisk's: of what was put away of it (`name-<day>.csv`) that since a day, then the log itself."""
    away = (
        file for file in sorted(folder.glob(f"{name}-*.csv")) if file.stem >= f"{name}-{since.isoformat()}"
    )
    for file in (*away, folder / f"{name}.csv"):
        if file.exists():
            with file.open(encoding="utf-8", errors="replace", newline="") as text:
                yield from csv.reader(line.replace("\0", "") for line in text)


def _event(call: AsteriskCall, line: Sequence[str]) -> None:
    kind, at, channel, _, name = line
    if channel == call.call:
        call.origin = name
    if kind == "CHAN_END" and channel == call.call:
        call.ended = True
    if _agent_of(name) is None:
        return
    if kind == "BRIDGE_ENTER":
        call.bridged.add(name)
        call.talks.setdefault(name, (float(at), float(at)))
    elif kind in {"BRIDGE_EXIT", "CHAN_END"} and name in call.bridged:
        call.bridged.discard(name)
        call.talks[name] = (call.talks[name][0], float(at))


def _agent_of(channel: str) -> str | None:
    """Give the agent whose telephone's channel this is."""
    found = _AGENT.match(channel)
    return telephones.owner(found[1]) if found else None


def _merged(talks: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Join what overlaps: two agents in one conversation are one conversation."""
    last: tuple[float, float] | None = None
    for begins, ends in sorted(talks):
        if last is not None and begins <= last[1]:
            last = (last[0], max(last[1], ends))
        else:
            if last is not None:
                yield last
            last = (begins, ends)
    if last is not None:
        yield last
