"""What the pages ask about citizens' folders, requests and the work between calls; `server/folders.py` answers."""

from dataclasses import dataclass
from typing import Literal, Protocol

from web.ports import Message

Which = Literal["open", "closed", "all"]
Act = Literal["continue", "take", "assign", "prioritise", "classify", "escalate", "close"]


@dataclass(frozen=True, slots=True)
class Handle:
    """What an agent does with a request; of the fields only those that the action needs are read."""

    action: Act
    area: str = ""
    agent: str = ""
    subject: str = ""
    kind: str = ""
    level: int = 2
    priority: int = 3
    reason: str = ""


class FolderPort(Protocol):
    """One agent's view of folders and requests. Every question may raise NotNow.

    Whose folder it is follows from the agent's own contact, and what is shown of it from what was proven in it.
    """

    async def folder(self, agent: str, which: Which, requests_from: int, contacts_from: int) -> Message:
        """Give a page of the folder of the citizen in the agent's contact (docs/requests.md)."""

    async def request(self, agent: str, reference: str) -> Message:
        """Give one request with its contacts, what is attached, and what the agent may do with it."""

    async def handle(self, agent: str, reference: str, what: Handle) -> Message:
        """Do something with a request; `pending` is whether the CRM has yet to take it."""

    async def due(self, supervisor: str) -> Message:
        """List what is due within a day, without any person."""

    async def directed(self, supervisor: str, reference: str) -> Message:
        """Give one request as a supervisor sees it."""

    async def direct(self, supervisor: str, reference: str, what: Handle) -> Message:
        """Assign, prioritise or escalate a request as a supervisor."""

    def catalogue(self) -> Message:
        """Give the areas and types that can be chosen, with their names, and who works here."""

    async def unseal(self, agent: str, reason: str) -> Message:
        """Ask for a protected person's folder; a second person decides."""

    async def unsealings(self, who: str, *, supervises: bool) -> list[Message]:
        """List the questions that wait for a second person: `id`, `agent`, `reason`, `asked_at`."""

    async def decide(self, who: str, unsealing: str, *, supervises: bool, granted: bool) -> None:
        """Say yes or no as the second person."""

    async def work(self, agent: str) -> Message:
        """Say how many due requests are offered (none while anybody waits), and which one the agent has."""

    async def take_work(self, agent: str) -> Message:
        """Take the first that is offered; it is nobody else's then."""

    async def leave_work(self, agent: str) -> None:
        """Give it back."""

    async def finish_work(self, agent: str, outcome: str, notes: str) -> Message:
        """Write how it ended."""


class DemandPort(Protocol):
    """What was asked of the institution, for supervisors."""

    async def demand(self) -> Message:
        """Give today's demand: by line, subject, state, channel, action and territory (docs/requests.md)."""
