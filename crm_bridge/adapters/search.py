"""The search for a card's parts: first who it is, then their papers."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from crm_bridge import doubt
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.card import PROVEN, Found, Occasion
from crm_bridge.citizens import Citizen
from crm_bridge.ports import Connector, OddAnswer
from crm_bridge.remembered import Remembered

MOST_OPEN = 50
"""Open requests of one person that are asked for: they count however many others have changed since."""


class Search:
    """What is found for a card, kept after each answer: when the time is up, what there is by then counts.

    What was answered is remembered; `recall` fills what was not answered now with what is remembered.
    """

    def __init__(
        self,
        ledger: Ledger,
        connector: Connector,
        occasion: Occasion,
        person: str | None,
        memory: Remembered,
        clock: Callable[[], float],
    ) -> None:
        self._ledger, self._connector = ledger, connector
        self._memory, self._clock = memory, clock
        self._person = person if occasion.level >= PROVEN else None
        self._answered = set[str]()
        self.occasion = occasion
        self.found = Found("ok")

    async def own(self) -> None:
        """Look the call's request up in our own tables."""
        bound = await self._ledger.of_call(self.occasion.call)
        if bound:
            self.occasion = replace(self.occasion, request=bound.request)

    async def run(self) -> None:
        """Look the request up, then ask the CRM."""
        await self.own()
        await self.ask()

    async def ask(self) -> None:
        """Ask for the people, then for their papers."""
        if self._person:
            await self._proven(self._person)
        elif self.occasion.number:
            await self._people(self.occasion.number)
        one = self._one()
        if one is not None:
            await asyncio.gather(self._folder(one.id), self._cases(one.id))

    def _one(self) -> Citizen | None:
        """Give whose papers are asked for: who was proven, or the only one with the number; nobody protected."""
        proven, people = self.found.proven, self.found.candidates
        one = proven or (people[0] if len(people) == 1 else None)
        return None if one is None or one.protected else one

    async def _proven(self, person: str) -> None:
        asked = self._memory.now_asked
        with self._nothing_of_the_unreadable("citizen", person):
            answer = doubt.about(person, await self._connector.citizen(person))
        self._keep("citizen", person, answer, asked)
        self.found = replace(self.found, proven=answer)

    async def _people(self, number: str) -> None:
        asked = self._memory.now_asked
        with self._nothing_of_the_unreadable("people", number):
            answer = doubt.who_have(number, await self._connector.citizens_by_telephone(number))
        self._keep("people", number, answer, asked, whose=(one.id for one in answer))
        self.found = replace(self.found, candidates=answer)

    @contextmanager
    def _nothing_of_the_unreadable(self, question: str, about: str) -> Iterator[None]:
        """Forget whom the CRM now tells of so that it cannot be read: they may have become protected."""
        try:
            yield
        except OddAnswer:
            known = self._memory.recall(question, about, self._clock())
            for name in (about, *(known.whose if known else ())):
                self._memory.forget(name)
            raise

    async def _folder(self, citizen: str) -> None:
        asked = self._memory.now_asked
        folder, still = await asyncio.gather(
            self._connector.folder(citizen), self._connector.requests(citizen, "open", 0, MOST_OPEN)
        )
        answer = doubt.folder_of(citizen, folder.with_requests(still))
        self._keep("folder", citizen, answer, asked)
        self.found = replace(self.found, folder=answer)

    async def _cases(self, citizen: str) -> None:
        """At level 0 nobody may see a case, so nobody asks for them."""
        if self.found.proven is None:
            return
        asked = self._memory.now_asked
        answer = await self._connector.cases(citizen)
        self._keep("cases", citizen, answer, asked)
        self.found = replace(self.found, cases=answer)

    def _keep(self, question: str, about: str, answer: object, asked: int, whose: Iterable[str] = ()) -> None:
        self._answered.add(question)
        self._memory.keep(question, about, answer, self._clock(), asked, whose)

    def recall(self) -> None:
        """Fill what the CRM did not answer now with what it answered a while ago, and say of when that is."""
        if self._person:
            self._recalled("citizen", self._person, lambda answer: replace(self.found, proven=answer))
        elif self.occasion.number:
            self._recalled(
                "people", self.occasion.number, lambda answer: replace(self.found, candidates=answer)
            )
        one = self._one()
        if one is None:
            return
        self._recalled("folder", one.id, lambda answer: replace(self.found, folder=answer))
        if self.found.proven is not None:
            self._recalled("cases", one.id, lambda answer: replace(self.found, cases=answer))

    def _recalled(self, question: str, about: str, fill: Callable[[Any], Found]) -> None:
        known = None if question in self._answered else self._memory.recall(question, about, self._clock())
        if known is None:
            return
        older = known.at if self.found.as_of is None else min(known.at, self.found.as_of)
        self.found = replace(fill(known.answer), as_of=older)
