"""What is due, for all desks and supervisors out of one list, and nothing of protected persons on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from crm_bridge.adapters.folders import Folders
from crm_bridge.ports import OddAnswer
from crm_bridge.requests import Request
from crm_bridge.work import DUE_SOON_S, LOOKED_AT, MOST_DUE

KEPT_S = 5.0
"""How long the list is kept: every desk between calls asks for it, and the CRM need not hear all."""
PERSON_KEPT_S = 60.0
"""How long it is believed of a person that they are not protected; who takes a request asks anew."""
AT_ONCE = 8
"""How many persons the CRM is asked for at the same time."""


class Due:
    """The list. Raises CrmDown."""

    def __init__(self, folders: Folders, clock: Callable[[], float]) -> None:
        self._folders, self._clock = folders, clock
        self._at, self._listed = 0.0, tuple[Request, ...]()
        self._known: dict[str, tuple[float, bool]] = {}  # of whom, since when, whether they are protected
        self._looking = asyncio.Lock()

    async def listed(self) -> tuple[Request, ...]:
        """Give what is due within a day, the longest overdue first, but for protected persons' requests."""
        async with self._looking:
            at = self._clock()
            if self._at + KEPT_S < at:
                self._at, self._listed = at, await self._everybodys(at)
            return self._listed

    async def _everybodys(self, at: float) -> tuple[Request, ...]:
        """Ask for ever more until enough are left: those of protected persons may stand before all others."""
        asked, before = LOOKED_AT, 0
        while True:
            found = await self._folders.due(at + DUE_SOON_S, asked)
            hidden = await self._protected({one.citizen for one in found if one.citizen}, at)
            left = tuple(one for one in found if one.citizen not in hidden)[:LOOKED_AT]
            enough = not hidden or len(left) == LOOKED_AT
            if enough or len(found) <= before or asked >= MOST_DUE:
                return left
            asked, before = asked * 2, len(found)

    def changed(self) -> None:
        """Let the list be asked for anew."""
        self._at = 0.0

    async def _protected(self, persons: Iterable[str], at: float) -> frozenset[str]:
        """Say who of these is protected."""
        wanted = sorted(persons)
        self._known = {one: known for one, known in self._known.items() if known[0] + PERSON_KEPT_S > at}
        unknown = [one for one in wanted if one not in self._known]
        for first in range(0, len(unknown), AT_ONCE):
            some = unknown[first : first + AT_ONCE]
            hidden = await asyncio.gather(*map(self._may_be_protected, some))
            self._known.update((one, (at, hides)) for one, hides in zip(some, hidden, strict=True))
        return frozenset(one for one in wanted if self._known[one][1])

    async def _may_be_protected(self, person: str) -> bool:
        """Say whether they are protected; of whom that cannot be read, it may be: one odd record hides its own."""
        try:
            citizen = await self._folders.citizen(person)
        except OddAnswer:
            return True
        return citizen is not None and citizen.protected
