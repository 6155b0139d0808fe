"""Folders and requests read from the CRM for one viewer: what they may not see is not given; every view is told."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from crm_bridge.abilities import Sparing
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
from crm_bridge.ports import Connector, OddAnswer
from crm_bridge.requests import Request, Which

READ_S = 3.0
"""How long an agent waits for a page of a folder before it says that the CRM does not answer."""
EXPORT_PAGE = 100
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
        """Give all requests, whole, and all contacts of a person, page by page: for their own export.

        Nothing is left out: what cannot be read ends it (CrmDown), and so does a CRM whose pages do not go on.
        """
        crm = self._connector
        crm = crm.unsparing() if isinstance(crm, Sparing) else crm
        requests = await self._all(
            lambda offset: crm.requests(person, "all", offset, EXPORT_PAGE), lambda one: one.reference
        )
        contacts = await self._all(
            lambda offset: crm.contacts(person, offset, EXPORT_PAGE),
            lambda one: f"{one.contact}~{one.request}",
        )
        return tuple([await self._whole(crm, one) for one in requests]), contacts

    async def _whole(self, crm: Connector, request: Request) -> Whole:
        found = await self._ask(lambda: crm.request(request.reference))
        return Whole(request) if found is None else found

    async def _all(
        self, page: Callable[[int], Awaitable[tuple[T, ...]]], name: Callable[[T], str]
    ) -> tuple[T, ...]:
        """Read pages until one is empty. What moved to a later page meanwhile is taken once."""
        found, asked = dict[str, T](), 0
        while rows := await self._ask(partial(page, asked)):
            known, asked = len(found), asked + len(rows)
            found.update((name(one), one) for one in rows)
            if len(found) > known:
                continue
            if name(rows[0]) == next(iter(found)):
                raise OddAnswer("the CRM's pages do not go on: it gives the first again")
            break  # the last ones once more: something new came in before them meanwhile
        return tuple(found.values())
