"""Conversations in writing, joined to the house: the citizens' pages, the agents' desks, the floor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from dialplans.institution import Institution
from ivr.adapters.text_line import TextLine
from ivr.adapters.text_room import Crowded, InProgress, TextRoom, UnknownNumber
from ivr.text import CHANNEL, Change, Opening, Said, Typing
from queues.adapters.floor import Floor
from queues.agents import State
from queues.reconcile import Channel
from recordings.naming import raw_path
from server.text_messages import first_ends_all, message_of, messages
from web.ports import Message, NotNow, WritingCaller

log = logging.getLogger("ventanilla.desk")

AGENT_AWAY_S = 60.0
"""A desk that lost its line is back within seconds; after a minute its caller goes on without it."""
BEHIND = 2000
"""Messages a desk's page may be behind; one that takes none is asleep, and begins anew on waking."""
Letters = Callable[[str], AsyncGenerator[Message, None]]


@dataclass(slots=True)
class Contact:
    """A call in writing on an agent's desk, to be taken or taken."""

    line: TextLine
    taken: bool = False
    forget: Callable[[], None] = lambda: None


class Texts:
    """The pages' and desks' ends of every call in writing. `join` the floor before anybody comes."""

    def __init__(
        self,
        institution: Callable[[], Institution],
        calls: InProgress,
        vault: Path,
        clock: Callable[[], float],
    ) -> None:
        """Keep what is written in `vault`."""
        self.room = TextRoom(institution, calls, self, lambda call: vault.resolve() / raw_path(call), clock)
        self._letters: Letters | None = None
        self._floor: Floor | None = None
        self._contacts: dict[str, Contact] = {}
        self._desks: dict[str, list[asyncio.Queue[Message | None]]] = {}
        self._away: dict[str, asyncio.TimerHandle] = {}

    def join(self, floor: Floor, letters: Letters | None) -> None:
        """Speak to this floor; with `letters` (the demonstration only) a page sees what its call had sent."""
        self._floor, self._letters = floor, letters

    # What the reconciler and the desk ask ------------------------------------------------------------

    def channels(self) -> tuple[Channel, ...]:
        """Give the calls in writing as if they were channels of Asterisk's, which knows nothing of them."""
        alive = self.room.alive()
        callers = [Channel(CHANNEL + call, call, call, None, up=True, bridged=False) for call in alive]
        states = self._floor.hall.states.values() if self._floor else ()
        agents = [
            Channel(
                f"{CHANNEL}agent-{state.agent}", state.call, state.call, state.agent, up=True, bridged=True
            )
            for state in states
            if state.call in alive and state.state is State.TALKING
        ]
        return (*callers, *agents)

    def in_writing(self, call: str) -> bool:
        """Say whether a call is a conversation in writing."""
        return self.room.line_of(call) is not None

    def part(self, call: str) -> bool:
        """End the talk of a call in writing, which goes on; False when there is none."""
        line = self.room.line_of(call)
        return line is not None and line.part()

    # What a line tells (ivr.adapters.text_line.Desks) ------------------------------------------------

    def ring(self, line: TextLine, agent: str) -> None:
        """Show the contact on the desk."""
        self._contacts[agent] = Contact(line)
        if self._floor:
            self._floor.rings(agent, line.call)
        self._tell(agent, _contact(self._contacts[agent]))

    def talk(self, line: TextLine, agent: str) -> None:
        """Let the desk read along; the floor hears that the agent answered."""
        self._drop(line)
        contact = Contact(line, taken=True)
        contact.forget = line.sheet.listen(lambda change: self._pass_on(agent, change))
        self._contacts[agent] = contact
        if self._floor:
            self._floor.answered(line.call)
        for message in _all_of(contact):
            self._tell(agent, message)
        if not self._desks.get(agent):
            self._wait_for(agent)

    def over(self, line: TextLine) -> None:
        """Take the contact off the desk."""
        for agent in self._drop(line):
            self._tell(agent, NO_CONTACT)

    def agent_of(self, call: str) -> str | None:
        """Give who talked with this call when the server was lost."""
        place = self._floor.hall.places.get(call) if self._floor else None
        return place.agent if place and place.talk_since is not None else None

    # What a citizen's page does (web.ports.TextPort) -------------------------------------------------

    async def updates(self, caller: WritingCaller) -> AsyncGenerator[Message, None]:
        """Open the caller's line or find it again; yield what stands on it and every change."""
        entering = self.room.enter(Opening(**asdict(caller)))
        feeds = [messages(entering)]
        if self._letters is not None:
            feeds.append(self._letters(caller.token))
        try:
            async with aclosing(first_ends_all(feeds)) as told:
                async for message in told:
                    yield message
        except UnknownNumber as unknown:
            raise NotNow("number_unknown") from unknown
        except Crowded as crowded:
            raise NotNow("crowded") from crowded

    def typed(self, token: str, text: str) -> None:
        """Take a caller's unfinished line."""
        if line := self.room.line(token):
            line.typed(text)

    def entered(self, token: str, text: str) -> None:
        """Take a caller's whole line."""
        if line := self.room.line(token):
            line.entered(text)

    def left(self, token: str) -> None:
        """End a caller's call."""
        if line := self.room.line(token):
            line.hang_up()

    # What a desk's page does -------------------------------------------------------------------------

    async def contacts(self, agent: str) -> AsyncGenerator[Message, None]:
        """Yield the contact on this desk with all that stands there, then every change."""
        with self._desk(agent) as feed:
            contact = self._contacts.get(agent)
            for message in _all_of(contact) if contact else (NO_CONTACT,):
                yield message
            while (news := await feed.get()) is not None:
                yield news

    def take(self, agent: str, call: str) -> None:
        """Let the agent take the contact."""
        if contact := self._contact(agent, call):
            contact.line.take()

    def agent_typed(self, agent: str, call: str, text: str) -> None:
        """Take an agent's unfinished line."""
        if (contact := self._contact(agent, call)) and contact.taken:
            contact.line.sheet.type("agent", text)

    def agent_entered(self, agent: str, call: str, text: str) -> None:
        """Take an agent's whole line."""
        if (contact := self._contact(agent, call)) and contact.taken:
            contact.line.sheet.write("agent", text, contact.line.language, shared=True)

    def agent_ended(self, agent: str, call: str) -> None:
        """End the talk."""
        if contact := self._contact(agent, call):
            contact.line.part()

    # Inside ------------------------------------------------------------------------------------------

    def _contact(self, agent: str, call: str) -> Contact | None:
        contact = self._contacts.get(agent)
        return contact if contact and contact.line.call == call else None

    def _drop(self, line: TextLine) -> list[str]:
        agents = [agent for agent, contact in self._contacts.items() if contact.line is line]
        for agent in agents:
            self._contacts.pop(agent).forget()
        return agents

    def _pass_on(self, agent: str, change: Change | None) -> None:
        match change:
            case Said(shared=True) | Typing(by="caller"):
                self._tell(agent, message_of(change))
            case _:
                return

    def _tell(self, agent: str, message: Message) -> None:
        for feed in self._desks.get(agent, ()):
            if feed.qsize() >= BEHIND:
                feed.get_nowait()
                feed.put_nowait(None)
            else:
                feed.put_nowait(message)

    @contextmanager
    def _desk(self, agent: str) -> Iterator[asyncio.Queue[Message | None]]:
        feed: asyncio.Queue[Message | None] = asyncio.Queue()
        self._desks.setdefault(agent, []).append(feed)
        if (timer := self._away.pop(agent, None)) is not None:
            timer.cancel()
        try:
            yield feed
        finally:
            self._desks[agent].remove(feed)
            if not self._desks[agent] and agent in self._contacts:
                self._wait_for(agent)

    def _wait_for(self, agent: str) -> None:
        """Give a desk without a page a while to come back; then its caller goes on."""
        if agent not in self._away:
            self._away[agent] = asyncio.get_running_loop().call_later(AGENT_AWAY_S, self._gone, agent)

    def _gone(self, agent: str) -> None:
        self._away.pop(agent, None)
        contact = self._contacts.get(agent)
        if contact is not None and contact.line.part():
            log.warning("call %s: the agent's desk did not come back; the caller goes on", contact.line.call)


NO_CONTACT: Message = {"type": "contact", "call": None}


def _contact(contact: Contact) -> Message:
    line = contact.line
    return {"type": "contact", "call": line.call, "taken": contact.taken, "language": line.language}


def _all_of(contact: Contact) -> list[Message]:
    """Say a contact with all that its agent may read of it so far."""
    sheet = contact.line.sheet
    lines = [message_of(line) for line in sheet.lines if line.shared] if contact.taken else []
    typing = [message_of(Typing(by, text)) for by, text in sheet.typing.items() if by == "caller"]
    return [_contact(contact), *lines, *(typing if contact.taken else [])]
