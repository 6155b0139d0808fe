"""The search for a card's parts: first who it is, then their papers."""

import asyncio
from dataclasses import replace

from crm_bridge.adapters.ledger import Ledger
from crm_bridge.card import PROVEN, Found, Occasion
from crm_bridge.ports import Connector


class Search:
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
        await asyncio.gather(self._folder(one.id), self._cases(one.id, asked=proven is not None))

    async def _folder(self, citizen: str) -> None:
        folder = await self._connector.folder(citizen)
        self.found = replace(self.found, folder=folder)

    async def _cases(self, citizen: str, *, asked: bool) -> None:
        """At level 0 nobody may see a case, so nobody asks for them."""
        if asked:
            cases = await self._connector.cases(citizen)
            self.found = replace(self.found, cases=cases)
