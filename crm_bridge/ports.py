"""What the bridge asks of a CRM: a new one is one file in `connectors/` that passes the contract tests."""

from collections.abc import Mapping
from typing import Protocol

from crm_bridge.card import Contact, Folder, Whole
from crm_bridge.citizens import Case, Citizen, Person
from crm_bridge.requests import Request, Which
from crm_bridge.writes import Write


class CrmDown(Exception):  # noqa: N818 (a state of the other side, not an error of ours)
    """The CRM did not take the question: not reachable, or it broke off. Asking again later makes sense."""


class OddAnswer(CrmDown):
    """The CRM is there, and what it answered to this one question cannot be used: others it may answer well.

    So it is left alone for nobody: one odd record must not be a dead CRM for every caller.
    """


class WriteNotTaken(Exception):  # noqa: N818 (the CRM's word, not an error of ours)
    """The CRM will never take this write as it is. The message holds nothing personal."""


class Connector(Protocol):
    """A CRM. Questions and writes raise CrmDown when it cannot be reached; the bridge sets the time limits.

    Telephones are E.164, documents in compact form, citizens' ids opaque. Questions about nobody give None,
    an empty tuple or an empty mapping.
    """

    @property
    def name(self) -> str:
        """What the connector is called in facts and logs."""
        ...

    async def citizen(self, citizen: str) -> Citizen | None:
        """Give the citizen with this id."""
        ...

    async def citizens_by_telephone(self, telephone: str) -> tuple[Citizen, ...]:
        """Give everybody who registered this number, in a steady order: a telephone is shared by families."""
        ...

    async def citizen_by_document(self, document: str) -> Citizen | None:
        """Give the citizen with this identity document."""
        ...

    async def person(self, document: str) -> Person | None:
        """Give what the identification protocol may know of somebody, by DNI, NIE or NSS (12 digits).

        One question to the system, with the same work for a document of nobody.
        """
        ...

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether every one of these answers (question to digits) is right; False for nobody.

        One question to the system, in a time that does not tell which was wrong, or whether anybody is there.
        """
        ...

    async def cases(self, citizen: str) -> tuple[Case, ...]:
        """Give the citizen's cases, the newest change first."""
        ...

    async def folder(self, citizen: str) -> Folder:
        """Give the citizen's requests and last contacts, newest first."""
        ...

    async def requests(self, citizen: str, which: Which, offset: int, limit: int) -> tuple[Request, ...]:
        """Give a page of the citizen's requests, the newest change first, then by reference from Z to A."""
        ...

    async def contacts(self, citizen: str, offset: int, limit: int) -> tuple[Contact, ...]:
        """Give a page of the citizen's contacts of every channel, newest first, then by `contact` from Z to A."""
        ...

    async def request(self, reference: str) -> Whole | None:
        """Give one request with its contacts (the newest hundred at most) and what is attached to it."""
        ...

    async def due(self, by: float, limit: int) -> tuple[Request, ...]:
        """Give requests that are ours to do (open, in progress) and due by then, the longest overdue first."""
        ...

    async def write(self, key: str, write: Write) -> None:
        """Take a write: one of `crm_bridge.writes`.

        `key` names this write for ever: one that was taken before is taken as done, so that a replay after
        a lost answer changes nothing. Raises WriteNotTaken when it can never be taken.
        """
        ...
