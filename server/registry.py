"""The register as the conversation asks it, and the requests that calls open: both are the bridge's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import signature
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from crm_bridge.adapters.bridge import GENERAL, Bridge, at_once
from crm_bridge.ports import CrmDown
from dialplans.catalogue import Catalogue
from ivr.facts import CallArrived, CallEnded, IdentityProven, PersonWanted, ServiceEnded, StepEntered
from ivr.ports.register import Person, RegistryDown
from queues.agents import AgentState, State
from queues.facts import AgentStateChanged
from recordings.facts import EvidenceMade, RecordingSealed

log = logging.getLogger("ventanilla.crm_bridge")

BEHIND_MAX = 10_000
"""Notes that may wait while the database is away; the requests of more calls are opened when an agent needs them."""
MANY = 20
"""From so many notes on none of them waits for anybody: they would become more."""
AGAIN_S = 1.0
"""How soon what could not be written is written again: nobody else will ever say it."""

AWAY = (OperationalError, InterfaceError)
"""What a database that is away or locked raises."""
MOST_REFUSALS = 5
"""Whatever else it says so often, it means."""

RECORDING, EVIDENCE = "recording", "evidence"
"""What a call leaves that belongs to its request: a recording by the call's name, evidence of it by its own."""

HEARD: Mapping[str, Callable[..., object]] = {
    one.__name__: one
    for one in (
        CallArrived, IdentityProven, PersonWanted, StepEntered, ServiceEnded, CallEnded, RecordingSealed, EvidenceMade,
        AgentStateChanged,
    )
}  # fmt: skip
"""The facts that mean something for a call's request, by name."""
AGAIN_FROM_S = 60.0
"""How much of the record a new server hears again: what is noted is written in milliseconds, in seconds under load."""

Work = Callable[[], Awaitable[object]]


class Registry:
    """The bridge, with its troubles in the conversation's words."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def person_by_document(self, document: str) -> Person | None:
        """Give the person with this document. Raises RegistryDown."""
        try:
            return await self._bridge.person_by_document(document)
        except CrmDown as down:
            raise RegistryDown from down

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether all these answers are right. Raises RegistryDown."""
        try:
            return await self._bridge.answers_hold(document, answers)
        except CrmDown as down:
            raise RegistryDown from down

    async def knows(self, telephone: str) -> bool:
        """Tell whether a telephone is on file; not, where the CRM cannot say so in time: it is a hint."""
        try:
            return await self._bridge.knows(telephone)
        except CrmDown:
            return False


class Requests:
    """Every call opens or continues a request, and says who talked: here, behind the call, in the order of the facts.

    `subject_of` says what calls to a number are about, `catalogue` what the machine's services are. What is noted waits
    for `calm`, but not for long, and not at all while many wait.
    """

    def __init__(
        self,
        bridge: Bridge,
        subject_of: Callable[[str], str | None],
        catalogue: Callable[[], Catalogue] = Catalogue,
        calm: Callable[[], Awaitable[None]] = at_once,
    ) -> None:
        self._calm = calm
        self._bridge, self._subject_of, self._catalogue = bridge, subject_of, catalogue
        self._told: dict[str, str] = {}
        self._waiting: asyncio.Queue[tuple[str, Work]] = asyncio.Queue(BEHIND_MAX)

    def hear(self, fact: object) -> None:
        """Note what a fact means for the call's request."""
        match fact:
            case CallArrived(call=call, number=number):
                self._open(call, None, self._subject_of(number) or GENERAL)
            case IdentityProven(call=call, person=person):
                self._open(call, person, "case")
            case PersonWanted(call=call, person=person, subject=subject):
                self._open(call, person, subject)
            case AgentStateChanged(agent=agent, state=State.WRAP_UP, call=str(call)):
                self._talked(call, agent)
            case _:
                self._learn(fact)

    def _learn(self, fact: object) -> None:
        """Note what a call asked of the machine, and what it leaves."""
        match fact:
            case StepEntered(call=call, step=step):
                self._informed(call, step)
            case ServiceEnded(call=call, service=service, outcome="done"):
                self._served(call, service)
            case CallEnded(call=call):
                self._ended(call)
            case RecordingSealed(call=call):
                self._note(call, lambda: self._bridge.attach(call, RECORDING, call))
            case EvidenceMade(call=call, evidence=name):
                self._note(call, lambda: self._bridge.attach(call, EVIDENCE, name))

    def _informed(self, call: str, step: str) -> None:
        """Keep what the machine told the caller about, should nothing else say what the call was about."""
        if subject := self._catalogue().steps.get(step):
            self._told[call] = subject

    def _ended(self, call: str) -> None:
        subject = self._told.pop(call, None)
        if subject is not None:
            self._open(call, None, subject)

    def _served(self, call: str, service: str) -> None:
        """Say of which type the request of a call is, by what the machine did for the caller."""
        if known := self._catalogue().services.get(service):
            kind, subject = known.kind, known.subject
            self._note(call, lambda: self._bridge.classify(call, kind, subject))

    def take_up(self, states: Iterable[AgentState]) -> None:
        """Say again who has just talked: a server that was killed then may not have come to write it."""
        for state in states:
            if state.state is State.WRAP_UP and state.call is not None:
                self._talked(state.call, state.agent)

    def hear_again(self, record: Iterable[Mapping[str, Any]]) -> None:
        """Hear what a former server may have heard and not written: each work is done once, however often noted."""
        for row in record:
            made = HEARD[row["type"]]
            self.hear(made(**{name: row.get(name) for name in signature(made).parameters}))

    def _open(self, call: str, person: str | None, subject: str) -> None:
        self._note(call, lambda: self._bridge.open_or_continue(call, person, subject))

    def _talked(self, call: str, agent: str) -> None:
        self._note(call, lambda: self._bridge.talked(call, agent))

    def _note(self, call: str, work: Work) -> None:
        try:
            self._waiting.put_nowait((call, work))
        except asyncio.QueueFull:
            log.error("call %s has no request yet: the database is too far behind", call)

    async def run(self) -> None:
        """Write, in the order in which it was noted, until cancelled."""
        while True:
            call, work = await self._waiting.get()
            try:
                if self._waiting.qsize() < MANY:
                    await self._calm()
                await self._write(call, work)
            finally:
                self._waiting.task_done()

    async def _write(self, call: str, work: Work) -> None:
        """Do a work until it is done: what comes after it counts on it. One that a database refuses is left."""
        refusals = 0
        while refusals < MOST_REFUSALS:
            try:
                await work()
            except (SQLAlchemyError, OSError, CrmDown) as fault:
                log.error("the request of call %s is not written yet: %s", call, type(fault).__name__)
                refusals += isinstance(fault, DBAPIError) and not isinstance(fault, AWAY)
                await asyncio.sleep(AGAIN_S)
            else:
                return
        log.error("the request of call %s could not be written: the database refuses it", call)

    async def settled(self) -> None:
        """Wait until everything that was noted is written."""
        await self._waiting.join()
