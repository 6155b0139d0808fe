"""Folders and requests read from the CRM for one viewer: what they may not see is not given; every view is told."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from crm_bridge.adapters.asking import Asking
from crm_bridge.card import Contact, Whole
from crm_bridge.citizens import Citizen
from crm_bridge.facts import Fact, FolderViewed
from crm_bridge.folder import (
    CONTACTS_ON_A_PAGE,
    REQUESTS_ON_A_PAGE,
    Looking,
    Page,
    Seen,
    contact_seen,
    request_seen,
    told,
    whole_seen,
    whose,
)
from crm_bridge.ports import Connector
from crm_bridge.requests import Request, Which

READ_S = 3.0
"""How long an agent waits for a page of a folder before it says that the CRM does not answer."""
EXPORT_CONTACTS = 200
"""How many an export asks for at once; it asks until there are no more."""

T = TypeVar("T")


class Folders:
    """The CRM's folders. Raises crm_bridge.ports.CrmDown."""

    def __init__(
        self, connector: Connector, publish: Callable[[Fact], None], clock: Callable[[], float]
    ) -> None:
        self._connector, self._publish, self._clock = connector, publish, clock
        self._asking = Asking(connector.name, "folders", publish, clock)

    async def _ask(self, question: Callable[[], Awaitable[T]]) -> T:
        return await self._asking.ask(question, READ_S)

    async def citizen(self, person: str) -> Citizen | None:
        """Give whose folder it would be: for deciding whether it may be opened, never to be shown as it is."""
        return await self._ask(lambda: self._connector.citizen(person))

    async def whole(self, reference: str) -> Whole | None:
        """Give one request for deciding what may be done with it, never to be shown as it is."""
        return await self._ask(lambda: self._connector.request(reference))

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give what is ours to do by then."""
        return await self._ask(lambda: self._connector.due(by, limit))

    async def folder(
        self, looking: Looking, citizen: Citizen, which: Which, requests_from: int, contacts_from: int
    ) -> Seen:
        """Give a page of a folder as the viewer sees it, and say so for the record."""
        self._told(looking, citizen.id, None)
        if looking.shut:
            return {"protected": True, "sealed": True}
        requests = await self._requests(looking, citizen.id, which, requests_from)
        contacts = await self._contacts(looking, citizen.id, contacts_from)
        return {
            "protected": citizen.protected,
            "sealed": False,
            "level": looking.grounds.level,
            "citizen": whose(looking, citizen),
            "which": which,
            "requests": requests.to_dict(),
            "contacts": contacts.to_dict(),
        }

    async def request(self, looking: Looking, whole: Whole) -> Seen:
        """Give one request as the viewer sees it, and say so for the record."""
        self._told(looking, whole.request.citizen, whole.request.reference)
        return whole_seen(looking, whole)

    async def _requests(self, looking: Looking, person: str, which: Which, offset: int) -> Page:
        limit = REQUESTS_ON_A_PAGE
        found = await self._ask(lambda: self._connector.requests(person, which, offset, limit + 1))
        items = tuple(one for request in found[:limit] if (one := request_seen(looking, request)))
        return Page(items, offset, len(found) > limit)

    async def _contacts(self, looking: Looking, person: str, offset: int) -> Page:
        limit = CONTACTS_ON_A_PAGE
        found = await self._ask(lambda: self._connector.contacts(person, offset, limit + 1))
        items = tuple(one for contact in found[:limit] if (one := contact_seen(looking, contact)))
        return Page(items, offset, len(found) > limit)

    def _told(self, looking: Looking, person: str | None, request: str | None) -> None:
        viewer, grounds, what = looking.viewer, looking.grounds, told(looking)
        self._publish(
            FolderViewed(
                looking.call,
                viewer.name,
                str(viewer.role),
                person,
                request,
                grounds.level,
                what["shown"],
                what["masked"],
                grounds.protected,
                self._clock(),
            )
        )

    async def everything(self, person: str) -> tuple[tuple[Whole, ...], tuple[Contact, ...]]:
        """Give all requests, whole, and all contacts of a person, page by page: for their own export."""
        requests: list[Whole] = []
        contacts: list[Contact] = []
        while page := await self._requests_of(person, len(requests)):
            for one in page:
                whole = await self.whole(one.reference)
                requests.append(whole or Whole(one))
        while met := await self._contacts_of(person, len(contacts)):
            contacts += met
        return tuple(requests), tuple(contacts)

    async def _requests_of(self, person: str, offset: int) -> tuple[Request, ...]:
        return await self._ask(lambda: self._connector.requests(person, "all", offset, EXPORT_CONTACTS))

    async def _contacts_of(self, person: str, offset: int) -> tuple[Contact, ...]:
        return await self._ask(lambda: self._connector.contacts(person, offset, EXPORT_CONTACTS))
