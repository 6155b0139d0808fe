"""What connectors have in common whose CRM keeps our sheets (`crm_bridge.sheets`) in records of its own.

Such a CRM has a *layout*: where it keeps what is ours. It is found once; when the CRM refuses something, somebody may
have changed it, so it is looked for anew, and what lacks is told with its remedy instead of the refusal.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from crm_bridge.abilities import Finding
from crm_bridge.adapters.exchange import Lacking, Refused
from crm_bridge.card import Contact, Folder
from crm_bridge.citizens import Case
from crm_bridge.ports import CrmDown
from crm_bridge.requests import Request, Which
from crm_bridge.sheets import Sheet, contacts_of, folder_of, requests_of

LineT = TypeVar("LineT")
LineT_contra = TypeVar("LineT_contra", contravariant=True)
LayoutT = TypeVar("LayoutT")
LayoutT_co = TypeVar("LayoutT_co", covariant=True)
log = logging.getLogger("ventanilla.crm_bridge")


class Places(Protocol[LineT_contra, LayoutT_co]):
    """A module that knows a CRM's layout. Everything raises CrmDown."""

    async def found(self, line: LineT_contra, /) -> LayoutT_co:
        """Find the layout. Raises Lacking."""
        ...

    async def lacking(self, line: LineT_contra, /) -> Sequence[Finding]:
        """Name what is not there, each with its remedy."""
        ...

    def examine(self, line: LineT_contra, /) -> AsyncIterator[Finding]:
        """Look at schema and content."""
        ...

    async def prepare(self, line: LineT_contra, /) -> tuple[str, ...]:
        """Make what lacks; say what was made."""
        ...


class OnSheets(ABC, Generic[LineT, LayoutT]):
    """The part of a connector that is the same for each. Contract: crm_bridge.ports.Connector, abilities.Prepared."""

    title: ClassVar[str]
    """The CRM as it is called in what people read."""
    secret: ClassVar[str]
    """What lets us in, besides which citizens' data go unencrypted without TLS."""

    def __init__(self, line: LineT, places: Places[LineT, LayoutT], key: bytes, *, clear: bool) -> None:
        """`key` is the installation's, for the answers of the identification protocol; `clear`: without TLS."""
        self._line, self._layouts, self._key, self._clear = line, places, key, clear
        self._layout: LayoutT | None = None
        self._writing = asyncio.Lock()

    @abstractmethod
    async def _sheets(self, citizen: str) -> tuple[Sheet, ...]:
        """Give the sheets of a citizen's requests."""

    async def warm(self) -> None:
        """Find the layout, if the CRM is there."""
        with suppress(CrmDown):
            await self._places()

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        """Give none: such a CRM keeps no cases for us (`ABILITIES`)."""
        del citizen
        return ()

    async def folder(self, citizen: str) -> Folder:
        """Give the citizen's requests and last contacts."""
        return folder_of(await self._sheets(citizen))

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        """Give a page of the citizen's requests."""
        return requests_of(await self._sheets(citizen), which)[offset : offset + limit]

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        """Give a page of the citizen's contacts."""
        return contacts_of(await self._sheets(citizen))[offset : offset + limit]

    async def examine(self) -> tuple[Finding, ...]:
        """Look at schema and content of this CRM."""
        found = [finding async for finding in self._layouts.examine(self._line)]
        if self._clear:
            remedy = f"put {self.title} behind TLS and write https:// in crm_options.url"
            found.append(Finding("warning", f"the {self.secret} and citizens' data go unencrypted", remedy))
        return tuple(found)

    async def prepare(self) -> tuple[str, ...]:
        """Make what the CRM must have for us and has not; say what was made."""
        self._layout = None
        return await self._layouts.prepare(self._line)

    async def _places(self) -> LayoutT:
        if self._layout is None:
            try:
                self._layout = await self._layouts.found(self._line)
            except Lacking as lacks:
                raise self._told(str(lacks)) from lacks
        return self._layout

    async def _answered(self, answer: Awaitable[Any]) -> Any:  # noqa: ANN401 (JSON)
        """Give an answer of the line's; when it is refused, say what lacks, if anything does."""
        try:
            return await answer
        except Refused as refused:
            self._layout = None
            if lacks := await self._layouts.lacking(self._line):
                raise self._told("; ".join(f"{one.what}: {one.remedy}" for one in lacks)) from refused
            raise

    def _told(self, what: str) -> Lacking:
        log.error("%s is not as it must be: %s", self.title, what)
        return Lacking(what)


CrmT = TypeVar("CrmT", bound=OnSheets[Any, Any])


@asynccontextmanager
async def warmed(crm: CrmT) -> AsyncIterator[CrmT]:
    """Look for session and layout at once, so that the first card need not wait."""
    warming = asyncio.create_task(crm.warm(), name=f"{crm.title} warming")
    try:
        yield crm
    finally:
        warming.cancel()
        with suppress(asyncio.CancelledError):
            await warming
