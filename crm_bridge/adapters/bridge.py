"""The bridge: the card in time whatever the CRM does, and no write lost or doubled."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.adapters.asking import Asking, CrmSlow
from crm_bridge.adapters.ledger import Ledger, Waiting
from crm_bridge.card import PROVEN, Card, Folder, Found, Occasion, compose
from crm_bridge.citizens import Case, Person
from crm_bridge.facts import (
    CardComposed,
    Fact,
    RequestContinued,
    RequestNoted,
    RequestOpened,
    RequestPassedOn,
    WriteRefused,
)
from crm_bridge.ports import Connector, CrmDown, WriteNotTaken
from crm_bridge.requests import outcome_word, plain_notes, to_continue
from crm_bridge.writes import Assign, Continue, Escalate, Note, Open

log = logging.getLogger("ventanilla.crm_bridge")

# The card stands on the screen before the telephone rings: the INVITE goes out once the card was pushed.
CARD_LIMIT_S = 0.25
# The caller has keyed their document and hears nothing meanwhile: a longer silence sounds like a lost line.
REGISTRY_LIMIT_S = 3.0
# Nobody waits for a write; a CRM that needs longer is not working.
WRITE_LIMIT_S = 5.0
# How soon a CRM that came back gets what waited, when no new write wakes the delivery before.
RETRY_S = 5.0
GENERAL = "general"
CHANNEL = "telephone"
LEVELS = (1, 2, 3)
USUAL_PRIORITY = 3


class Bridge:
    """One bridge around any connector. `run` delivers the outbox and must be running as a task."""

    def __init__(
        self,
        engine: AsyncEngine,
        connector: Connector,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = Ledger(engine)
        self._connector = connector
        self._publish = publish
        self._clock = clock
        self._asking = Asking(connector.name, publish, clock)
        self._delivering = asyncio.Lock()
        self._posted = asyncio.Event()

    # --- what the agent sees ---

    async def card(
        self, call: str, number: str | None, person: str | None, language: str, level: int, subject: str
    ) -> Card:
        """Compose the card of a call in at most CARD_LIMIT_S, with what could be found by then. Never raises.

        `number` is E.164 or None; `person` a citizen's id; `level` the identity level 0 to 3 that was proven.
        """
        at, started = self._clock(), time.perf_counter()
        occasion = Occasion(call, number, language, level, subject, None, at)
        search = _Search(self._ledger, self._connector, occasion, person)
        try:
            await self._asking.ask(search.run, CARD_LIMIT_S)
        except CrmSlow:
            search.found = replace(search.found, crm="slow")
        except CrmDown:
            search.found = replace(search.found, crm="down")
        if search.occasion.request is None and search.found.crm == "down":
            await self._request_without_crm(search)
        card = compose(search.occasion, search.found)
        took_ms = (time.perf_counter() - started) * 1000
        self._publish(CardComposed(call, card.request, card.crm, round(took_ms, 1), at))
        return card

    async def _request_without_crm(self, search: "_Search") -> None:
        """Look the request up where the CRM was not even asked: it stands in our own tables."""
        try:
            async with asyncio.timeout(CARD_LIMIT_S):
                await search.own()
        except (TimeoutError, SQLAlchemyError, OSError):
            log.warning("a card goes without its request: our own tables do not answer")

    # --- what the conversation asks (the Registry of ivr.ports) ---

    async def person_by_document(self, document: str) -> Person | None:
        """Give whom the machine may identify by this document (compact form). Raises CrmDown.

        A protected person is None here: their file has its own access process, and no machine tells that
        it exists.
        """
        citizen = await self._asking.ask(
            lambda: self._connector.citizen_by_document(document), REGISTRY_LIMIT_S
        )
        if citizen is None or citizen.protected:
            return None
        facts = await self._asking.ask(lambda: self._connector.identity_facts(citizen.id), REGISTRY_LIMIT_S)
        return Person(citizen.id, facts)

    async def cases(self, person: str) -> tuple[Case, ...]:
        """Give a person's cases, the newest change first. Raises CrmDown."""
        return await self._asking.ask(lambda: self._connector.cases(person), REGISTRY_LIMIT_S)

    # --- what is written ---

    async def open_or_continue(
        self, call: str, person: str | None, subject: str, *, level: int = 1, priority: int = USUAL_PRIORITY
    ) -> str:
        """Open a request for the call, or continue the person's open one about the subject; its reference.

        `person` only if proven (level 1 or more): a forged number must not write into somebody's folder.
        `level` is the level responsible, not of identity. Asking again for the same call gives the same
        reference.
        """
        at = self._clock()
        bound = await self._ledger.of_call(call)
        if bound:
            if person and bound.citizen is None:
                await self._ledger.prove(Continue(bound.request, call, person, subject, CHANNEL, at))
                self._posted.set()
            return bound.request
        open_one = to_continue((await self._folder(person)).requests, subject, at) if person else None
        if open_one:
            request = await self._ledger.continue_(
                Continue(open_one.reference, call, person, subject, CHANNEL, at)
            )
            self._publish(RequestContinued(call, request, subject, at))
        else:
            request = await self._ledger.open(Open("", call, person, subject, CHANNEL, priority, level, at))
            self._publish(RequestOpened(call, request, subject, at))
        self._posted.set()
        return request

    async def _folder(self, person: str) -> Folder:
        """Give the folder, or an empty one when the CRM has no time: then the call opens its own request."""
        try:
            return await self._asking.ask(lambda: self._connector.folder(person), CARD_LIMIT_S)
        except CrmDown:
            return Folder()

    async def assign(self, call: str, agent: str | None) -> None:
        """Make the call's request this agent's (None: the level's)."""
        at, request = self._clock(), await self._request_of(call)
        await self._ledger.post(f"{call}:assign:{at}", call, Assign(request, agent, at))
        self._posted.set()

    async def note(self, call: str, agent: str, outcome: str, notes: str) -> None:
        """Keep how the agent finished the call. The same words twice (a double click) are one note.

        Raises ValueError when `outcome` is not a word of ours.
        """
        at, request = self._clock(), await self._request_of(call)
        written = Note(request, call, agent, outcome_word(outcome), plain_notes(notes), at)
        words = hashlib.sha256(f"{written.outcome}\n{written.notes}".encode()).hexdigest()[:16]
        if await self._ledger.post(f"{call}:note:{agent}:{words}", call, written):
            self._publish(RequestNoted(call, request, agent, written.outcome, at))
        self._posted.set()

    async def pass_on(self, call: str, level: int, subject: str) -> None:
        """Pass the call's request to another level (1 to 3). Raises ValueError for a level that is none."""
        if level not in LEVELS:
            raise ValueError("a request can be passed to level 1, 2 or 3")
        at, request = self._clock(), await self._request_of(call)
        await self._ledger.post(f"{call}:pass_on:{at}", call, Escalate(request, level, subject, at))
        self._posted.set()
        self._publish(RequestPassedOn(call, request, level, subject, at))

    async def _request_of(self, call: str) -> str:
        """Give the call's request; what an agent wrote is kept even if nobody had opened one."""
        bound = await self._ledger.of_call(call)
        return bound.request if bound else await self.open_or_continue(call, None, GENERAL)

    # --- the outbox ---

    async def run(self) -> None:
        """Deliver what is written, for ever: at once when something is posted, else every RETRY_S."""
        while True:
            self._posted.clear()
            try:
                await self.deliver()
            except (SQLAlchemyError, OSError):
                log.warning("the outbox cannot be read; trying again in %s s", RETRY_S)
            try:
                async with asyncio.timeout(RETRY_S):
                    await self._posted.wait()
            except TimeoutError:
                continue

    async def deliver(self) -> int:
        """Hand over what waits, in order, until the CRM does not take it; how many writes it took."""
        handed = 0
        async with self._delivering:
            while batch := await self._ledger.waiting():
                for waiting in batch:
                    if not await self._hand_over(waiting):
                        return handed
                    handed += 1
        return handed

    async def _hand_over(self, waiting: Waiting) -> bool:
        """Hand one write over; False when the CRM is down and everything has to wait."""
        write = waiting.write
        if write is None:
            await self._refused(waiting, "not a write of this version")
            return True
        try:
            await self._asking.ask(lambda: self._connector.write(waiting.key, write), WRITE_LIMIT_S)
        except WriteNotTaken as refusal:
            await self._refused(waiting, str(refusal))
        except CrmDown:
            await self._ledger.tried(waiting)
            return False
        else:
            await self._ledger.done(waiting, self._clock())
        return True

    async def _refused(self, waiting: Waiting, reason: str) -> None:
        await self._ledger.done(waiting, self._clock(), refused=reason)
        kind = type(waiting.write).__name__.lower() if waiting.write else "unreadable"
        log.error("the CRM refuses to %s request %s: %s", kind, waiting.request, reason)
        self._publish(WriteRefused(waiting.call, waiting.request, kind, self._clock()))


class _Search:
    """What is found for a card, kept after each answer: when the time is up, what there is by then counts."""

    def __init__(self, ledger: Ledger, connector: Connector, occasion: Occasion, person: str | None) -> None:
        self._ledger = ledger
        self._connector = connector
        self._person = person if occasion.level >= PROVEN else None
        self.occasion = occasion
        self.found = Found("ok")

    async def own(self) -> None:
        """Look the call's request up in our own tables."""
        bound = await self._ledger.of_call(self.occasion.call)
        if bound:
            self.occasion = replace(self.occasion, request=bound.request)

    async def run(self) -> None:
        """Ask for the people, then for their papers."""
        await self.own()
        if self._person:
            self.found = replace(self.found, proven=await self._connector.citizen(self._person))
        elif self.occasion.number:
            people = await self._connector.citizens_by_telephone(self.occasion.number)
            self.found = replace(self.found, candidates=people)
        await self._papers()

    async def _papers(self) -> None:
        proven, people = self.found.proven, self.found.candidates
        one = proven or (people[0] if len(people) == 1 else None)
        if one is None or one.protected:
            return
        self.found = replace(self.found, folder=await self._connector.folder(one.id))
        if proven:
            self.found = replace(self.found, cases=await self._connector.cases(one.id))
