"""The live board for the wall and for MQTT: said whenever something changed, a few times a second at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from queues.adapters.floor import Floor
from queues.board import AgentRow, Board, WaitingRow
from queues.facts import AgentStateChanged
from queues.thresholds import Thresholds
from server.bus import Bus
from server.facts import BoardChanged, QueueShut
from server.figures import kpis
from server.figures.counts import Counts
from server.figures.live import Live
from web.ports import Message

AT_MOST_EVERY_S = 0.25
"""Changes within this time are one picture: a busy centre changes hundreds of times a second, nobody reads so fast."""


class Wall:
    """Takes the picture, says it as a fact; pages and MQTT read the fact."""

    def __init__(self, floor: Floor, bus: Bus, live: Live) -> None:
        self._floor, self._bus, self._live = floor, bus, live
        self._changed = asyncio.Event()
        self.closed: Callable[[], Mapping[str, str]] = dict  # the queues a supervisor closed
        bus.hear(self._hear)
        floor.watch(self._changed.set)

    def _hear(self, fact: object) -> None:
        if isinstance(fact, QueueShut):
            self._changed.set()

    async def run(self) -> None:
        """Say the board as it is now, then after changes, until cancelled.

        The first one replaces what the broker kept of a former run: nobody would correct it before a change.
        """
        self._changed.set()
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._bus.publish(BoardChanged(self.board(), time.time()))
            await asyncio.sleep(AT_MOST_EVERY_S)

    def board(self) -> Message:
        """Give the board as docs/events.md describes it."""
        board = self._floor.board()
        today = self._live.day(board.at)
        shown = board_message(board, self._floor, today, self._live.thresholds)
        return {**shown, "closed": dict(self.closed())}

    async def updates(self) -> AsyncIterator[Message]:
        """Yield every new board."""
        with self._bus.subscription(backlog=4) as facts:
            async for fact in facts:
                if isinstance(fact, BoardChanged):
                    yield fact.board


def agents_now(floor: Floor) -> Iterator[AgentStateChanged]:
    """Give every agent's present state as the fact that said it, for readers who were not there."""
    for state in floor.hall.states.values():
        yield AgentStateChanged(
            state.agent, state.state.value, state.reason, state.call, state.until, state.since
        )


def board_message(board: Board, floor: Floor, today: Counts, thresholds: Thresholds) -> Message:
    """Turn the floor's picture into plain values."""
    people = floor.hall.people
    return {
        "at": board.at,
        "waiting": [_waiting(row) for row in board.waiting],
        "agents": [_agent(row, sorted(people[row.name].languages)) for row in board.agents],
        "today": _today(today, thresholds),
        "asterisk": {
            "connected": board.asterisk_connected,
            "latency_ms": board.asterisk_latency_ms,
            "late_ms": board.asterisk_late_ms,
        },
    }


def _waiting(row: WaitingRow) -> Message:
    return {
        "call": row.call,
        "position": row.position,
        "subject": row.subject,
        "language": row.language,
        "level": row.level,
        "priority": row.priority,
        "since": row.since,
        "here": row.here,
        "called_back": row.called_back,
    }


def _agent(row: AgentRow, languages: list[str]) -> Message:
    return {
        "name": row.name,
        "display": row.display,
        "level": row.level,
        "languages": languages,
        "state": row.state,
        "since": row.since,
        "reason": row.reason or None,
        "then": row.then or None,
    }


def _today(counts: Counts, thresholds: Thresholds) -> Message:
    return {
        "service_level": kpis.service_level(counts),
        "threshold_s": thresholds.service_level_s,
        "short_abandon_s": thresholds.short_abandon_s,
        "target": thresholds.target,
        "offered": counts.offered,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        "longest_wait_s": counts.longest_ms / 1000,
        "average_wait_s": kpis.asa_s(counts),
    }
