"""What the centre does at this moment, for Prometheus: counts and times, nobody's name, number or words.

Labels are few and of a fixed choice (subjects and languages of the institution, levels, states, names of repairs),
so the number of series stays what it is however many call. What is only known when asked is looked up when asked.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.tables import outbox as crm_outbox
from ivr.facts import CallArrived, CallEnded
from messages.adapters.tables import outbox as messages_outbox
from queues.adapters.floor import Floor
from queues.facts import AgentReserved, CallerLeft, LeaseExpired, RangOut, Repaired, TalkStarted
from server.bus import Bus
from server.facts import CallDiffers
from server.facts_store import FactsStore
from server.mqtt import MqttSpeaker

OTHER = "other"
ANSWER_S = (5, 10, 20, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600)
"""Bounds of the waits: around the three minutes of Ley 10/2025."""
WRITE_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
COUNTED_EVERY_S = 15.0
"""Rows are counted no more often, however often somebody asks."""
WRITE_BEGAN = "ventanilla_write_began"


@dataclass(frozen=True, slots=True)
class Parts:
    """What is looked at when somebody asks. `sessions` gives the calls in conversation, `subjects` what may be said."""

    floor: Floor
    facts: FactsStore
    speaker: MqttSpeaker
    bus: Bus
    sessions: Callable[[], int]
    subjects: Callable[[], Collection[str]]


class Metrics:
    """Hears facts from the bus and times the database's writes; `exposition` is the page."""

    def __init__(self, engine: AsyncEngine, parts: Parts) -> None:
        self._engine = engine
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._asked = _Asked(parts)
        self.registry.register(self._asked)
        self._counted_at = -COUNTED_EVERY_S
        self._counters()
        self._time_writes()

    def _counters(self) -> None:
        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"ventanilla_{name}", words, labels, registry=self.registry)

        self._arrived = counter("calls_arrived", "Calls that arrived.")
        self._ended = counter("calls_ended", "Calls that ended, by how.", "reason")
        self._reserved = counter("reservations", "Agents set aside for a caller.")
        self._expired = counter("leases_expired", "Reservations that nobody ended in time.")
        self._repaired = counter("repairs", "Differences to Asterisk that were put right.", "what")
        self._rang_out = counter("ring_outs", "Agents' telephones that nobody picked up.")
        self._abandoned = counter("abandoned", "Callers who left the line before anybody answered.")
        self._differ = counter("calls_differ", "Differences to Asterisk's own records.", "what")
        self._answer = Histogram(
            "ventanilla_answer_seconds", "Wait from the wish for a person to the answer.",
            buckets=ANSWER_S, registry=self.registry,
        )  # fmt: skip
        self._write = Histogram(
            "ventanilla_database_write_seconds", "From the first written row to the end of the commit.",
            buckets=WRITE_S, registry=self.registry,
        )  # fmt: skip

    def hear(self, fact: object) -> None:
        """Count a fact; cheap, for it is called from the conversation."""
        match fact:
            case CallArrived():
                self._arrived.inc()
            case CallEnded(reason=reason):
                self._ended.labels(reason).inc()
            case TalkStarted(waited=waited):
                self._answer.observe(max(0.0, waited))
            case Repaired(what=what):
                self._repaired.labels(what).inc()
            case CallDiffers(what=what):
                self._differ.labels(what).inc()
            case _:
                self._count(fact)

    def _count(self, fact: object) -> None:
        match fact:
            case AgentReserved():
                self._reserved.inc()
            case LeaseExpired():
                self._expired.inc()
            case RangOut():
                self._rang_out.inc()
            case CallerLeft():
                self._abandoned.inc()

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """Give the page and its type, in the form that `accept` (the header) asks for."""
        await self._count_rows()
        encode, kind = choose_encoder(accept)
        return encode(self.registry), kind

    async def _count_rows(self) -> None:
        """Count what waits in tables; a database that cannot be asked leaves the last count standing."""
        now = time.monotonic()
        if now - self._counted_at < COUNTED_EVERY_S:
            return
        self._counted_at = now
        try:
            async with self._engine.connect() as connection:
                waiting = select(func.count()).select_from(crm_outbox).where(crm_outbox.c.done_at.is_(None))
                self._asked.rows["crm"] = (await connection.execute(waiting)).scalar_one()
                left = select(func.count()).select_from(messages_outbox)
                self._asked.rows["messages"] = (await connection.execute(left)).scalar_one()
        except (SQLAlchemyError, OSError):
            return

    def _time_writes(self) -> None:
        """Measure every transaction that writes, whoever's it is, from its first row to the connection's return."""
        engine = self._engine.sync_engine

        def executes(connection: Any, *about: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
            context = about[3]
            if context is not None and (context.isinsert or context.isupdate or context.isdelete):
                connection.info.setdefault(WRITE_BEGAN, time.perf_counter())

        def returns(_: object, record: Any) -> None:  # noqa: ANN401 - as above
            began = record.info.pop(WRITE_BEGAN, None)
            if began is not None:
                self._write.observe(time.perf_counter() - began)

        event.listen(engine, "before_cursor_execute", executes)
        event.listen(engine, "checkin", returns)


class _Asked(Collector):
    """What is true when somebody asks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.rows: dict[str, int] = {}

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Look at the floor and its neighbours."""
        yield self._waiting()
        yield self._agents()
        yield from self._asterisk()
        yield _gauge("fastagi_sessions", "Calls in conversation with us.", self._parts.sessions())
        yield self._outboxes()
        yield self._lost()

    def _waiting(self) -> GaugeMetricFamily:
        known = self._parts.subjects()
        wishes = self._parts.floor.hall.router.waiting.values()
        tally = Tally(
            (wish.subject if wish.subject in known else OTHER, wish.language, str(wish.level))
            for wish in wishes
        )
        return _family("callers_waiting", "Callers in line.", ("subject", "language", "level"), tally)

    def _agents(self) -> GaugeMetricFamily:
        hall = self._parts.floor.hall
        tally = Tally(
            (state.state.value, str(hall.people[name].level)) for name, state in hall.states.items()
        )
        return _family("agents", "Agents by state.", ("state", "level"), tally)

    def _asterisk(self) -> Iterator[GaugeMetricFamily]:
        asterisk = self._parts.floor.asterisk
        connected = asterisk is not None and asterisk.connected
        yield _gauge("ami_connected", "Whether Asterisk's manager interface answers.", int(connected))
        latency = asterisk.latency_ms if asterisk is not None else None
        if latency is not None:
            yield _gauge("ami_latency_seconds", "Round trip of the last ping.", latency / 1000)

    def _outboxes(self) -> GaugeMetricFamily:
        waiting = {"facts": self._parts.facts.waiting, "mqtt": self._parts.speaker.waiting, **self.rows}
        tally = {(name,): number for name, number in waiting.items()}
        return _family("outbox", "What waits to be written or sent.", ("outbox",), tally)

    def _lost(self) -> CounterMetricFamily:
        parts = self._parts
        family = CounterMetricFamily(
            "ventanilla_dropped",
            "What was lost because a reader was too slow or away too long.",
            labels=("of",),
        )
        lost = {"facts": parts.facts.lost, "mqtt": parts.speaker.dropped, "bus": parts.bus.dropped}
        for name, number in lost.items():
            family.add_metric([name], number)
        return family


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ventanilla_{name}", words, value=value)


def _family(
    name: str,
    words: str,
    labels: tuple[str, ...],
    tally: Mapping[Any, int],
) -> GaugeMetricFamily:
    """Give one line for each tuple of labels' values in `tally`."""
    family = GaugeMetricFamily(f"ventanilla_{name}", words, labels=labels)
    for values, number in sorted(tally.items()):
        family.add_metric(values, number)
    return family
