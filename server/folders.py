"""The folder on the desk, and work between calls: the pages' questions, answered by the bridge for who asks.

Whose folder it is, and what was proven, never comes from the page: it is the agent's own contact, and the proofs that
were kept of it. A code keyed in the middle of the conversation uncovers more at the next look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crm_bridge.access import Field, Grounds, Role, View, Viewer
from crm_bridge.adapters.claims import Claims
from crm_bridge.adapters.folders import Folders
from crm_bridge.adapters.handling import Handling
from crm_bridge.adapters.unsealing import Unsealings
from crm_bridge.card import Whole
from crm_bridge.citizens import Citizen
from crm_bridge.folder import Looking, request_seen
from crm_bridge.requests import Request, Which
from crm_bridge.work import offered
from dialplans.institution import Institution
from ivr.adapters.proofs import SqlProofs
from queues.adapters.floor import Floor
from queues.agents import Agent, State
from queues.helping import helps
from server.due import Due
from server.request_acts import Acts, in_words
from server.talks import Talks
from server.viewers import hand_of, viewer_of
from web.folder_port import Handle
from web.ports import Message, NotNow

MAY_WORK = frozenset({State.READY, State.PAUSED})
"""Between calls: nobody takes work while a caller is theirs."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the folders are put together from. settled: waits until what was said is on disk, or raises TimeoutError."""

    floor: Floor
    folders: Folders
    handling: Handling
    unsealings: Unsealings
    claims: Claims
    proofs: SqlProofs
    talks: Talks
    institution: Callable[[], Institution]
    clock: Callable[[], float]
    settled: Callable[[], Awaitable[None]]


class DeskFolders:
    """Implements web.ports.FolderPort."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._acts = Acts(rooms.handling, rooms.institution, lambda: rooms.floor.hall.people, rooms.clock)
        self._due = Due(rooms.folders, rooms.clock)

    # --- the folder of the citizen in the agent's contact ---

    async def folder(self, agent: str, which: Which, requests_from: int, contacts_from: int) -> Message:
        """Give a page of the folder of whoever proved who they are in the agent's contact."""
        with in_words():
            looking, citizen = await self._contact(agent)
            seen = await self._rooms.folders.folder(looking, citizen, which, requests_from, contacts_from)
            await self._on_record()
            return seen

    async def request(self, agent: str, reference: str) -> Message:
        """Give one request: of the citizen in the contact, or the one that the agent has taken."""
        with in_words():
            looking, whole = await self._reach(agent, reference)
            seen = await self._rooms.folders.request(looking, whole)
            await self._on_record()
            return seen

    async def _on_record(self) -> None:
        """Wait until the view is on disk: nobody sees a folder of which no record would be left."""
        try:
            await self._rooms.settled()
        except TimeoutError:
            raise NotNow("no_record") from None

    async def handle(self, agent: str, reference: str, what: Handle) -> Message:
        """Do something with a request; `pending`: whether the CRM has yet to take it."""
        with in_words():
            looking, whole = await self._reach(agent, reference)
            return {"pending": not await self._acts.done(looking, whole.request, what)}

    async def _contact(self, agent: str) -> tuple[Looking, Citizen]:
        """Give who looks at whom, by the agent's own contact. Raises NotNow when nobody is proven in it."""
        call = await self._own_call(agent)
        proof = await self._rooms.proofs.of(call) if call else None
        if call is None or proof is None:
            raise NotNow("nobody_proven")
        citizen = await self._rooms.folders.citizen(proof.person)
        if citizen is None:
            raise NotNow("no_folder")
        protected = proof.protected or citizen.protected
        unsealed = protected and await self._rooms.unsealings.stands(call, agent)
        grounds = Grounds(proof.level, protected, unsealed)
        return Looking(self._viewer(agent), grounds, call), citizen

    async def _own_call(self, agent: str) -> str | None:
        """Give the call whose caller the agent has, or had and wraps up; not yet one they are set aside or rung for.

        A colleague who is or was asked for advice has the card, and what the asking agent tells them.
        """
        state = self._rooms.floor.state(agent)
        if state.call is None:
            return None
        match state.state:
            case State.TALKING:
                own = not helps(self._rooms.floor.hall, agent, state.call)
            case State.WRAP_UP:
                own = await self._rooms.talks.had(agent, state.call)
            case _:
                own = False
        return state.call if own else None

    async def _reach(self, agent: str, reference: str) -> tuple[Looking, Whole]:
        """Give a request that the agent may reach at all, and on which grounds. Raises NotNow.

        Nobody learns of another request whether it exists: the answers are the same.
        """
        claim = await self._rooms.claims.of(agent, self._rooms.clock())
        at_work = claim is not None and claim.request == reference
        contact = None if at_work else await self._contact(agent)
        whole = await self._rooms.folders.whole(reference)
        if whole is None:
            raise NotNow("no_request")
        if contact is None:
            return await self._at_work(agent, whole), whole
        looking, citizen = contact
        if whole.request.citizen != citizen.id or looking.sees(Field.REQUESTS) is not View.SHOWN:
            raise NotNow("no_request")
        return looking, whole

    async def _at_work(self, agent: str, whole: Whole) -> Looking:
        viewer, person = self._viewer(agent), whole.request.citizen
        citizen = await self._rooms.folders.citizen(person) if person else None
        protected = citizen is not None and citizen.protected
        return Looking(viewer, Grounds(None, protected, unsealed=False), None)

    def _agent(self, agent: str) -> Agent:
        try:
            return self._rooms.floor.hall.people[agent]
        except KeyError as unknown:
            raise NotNow("unknown_agent") from unknown

    def _viewer(self, agent: str) -> Viewer:
        return viewer_of(self._agent(agent), self._rooms.institution())

    # --- protected persons ---

    async def unseal(self, agent: str, reason: str) -> Message:
        """Ask for a protected person's folder, with the reason; a second person decides."""
        with in_words():
            looking, _ = await self._contact(agent)
            if not looking.viewer.named or not looking.grounds.protected or looking.call is None:
                raise NotNow("not_allowed")
            await self._rooms.unsealings.ask(looking.call, agent, reason)
        return {"asked": True}

    async def unsealings(self, who: str, *, supervises: bool) -> list[Message]:
        """List the questions that wait for a second person, for whoever may be one; one's own are not among them."""
        if not (supervises or self._viewer(who).named):
            return []
        waiting = await self._rooms.unsealings.waiting()
        return [
            {"id": one.id, "agent": one.agent, "reason": one.reason, "asked_at": one.asked_at}
            for one in waiting
            if one.agent != who
        ]

    async def decide(self, who: str, unsealing: str, *, supervises: bool, granted: bool) -> None:
        """Say yes or no as the second person."""
        may_decide = supervises or self._viewer(who).named
        if not may_decide or not await self._rooms.unsealings.decide(unsealing, who, granted=granted):
            raise NotNow("not_allowed")

    # --- work between calls ---

    async def work(self, agent: str) -> Message:
        """Say how many due requests are offered now, and which one the agent has."""
        with in_words():
            claim = await self._rooms.claims.of(agent, self._rooms.clock())
            if claim is not None:
                return {"offered": 0, "taken": claim.request, "until": claim.until}
            return {"offered": len(await self._offered(agent)), "taken": None, "until": None}

    async def take_work(self, agent: str) -> Message:
        """Take the first that is offered; another agent may be faster, then the next is taken."""
        with in_words():
            if self._rooms.floor.state(agent).state not in MAY_WORK:
                raise NotNow("wrong_state")
            if self._somebody_waits():
                raise NotNow("somebody_waits")
            at = self._rooms.clock()
            for request in await self._offered(agent):
                if await self._is_for(agent, request) and await self._rooms.claims.take(
                    request.reference, agent, at
                ):
                    return {"taken": request.reference}
        raise NotNow("no_work")

    async def leave_work(self, agent: str) -> None:
        """Give it back unfinished."""
        await self._rooms.claims.leave(agent)

    async def finish_work(self, agent: str, outcome: str, notes: str) -> Message:
        """Write how the work ended, then give the request back."""
        with in_words():
            claim = await self._rooms.claims.of(agent, self._rooms.clock())
            whole = await self._rooms.folders.whole(claim.request) if claim else None
            if claim is None or whole is None:
                raise NotNow("no_work")
            done = await self._rooms.handling.worked(agent, whole.request, claim.contact, outcome, notes)
            await self._rooms.claims.done(claim)
            self._due.changed()
            return {"pending": not done}

    def _somebody_waits(self) -> bool:
        return bool(self._rooms.floor.hall.router.waiting)

    async def _offered(self, agent: str) -> tuple[Request, ...]:
        """Give what is offered: nothing while anybody waits for a person, for a call goes first."""
        if self._somebody_waits():
            return ()
        due, taken = await self._due.listed(), await self._rooms.claims.taken(self._rooms.clock())
        return offered(hand_of(self._agent(agent), self._rooms.institution()), due, taken)

    async def _is_for(self, agent: str, request: Request) -> bool:
        """Say whether the request still stands as it was listed, and is nobody's whose file is not for this agent."""
        whole = await self._rooms.folders.whole(request.reference)
        if whole is None or whole.request.state is not request.state:
            return False
        return not (await self._at_work(agent, whole)).shut

    # --- what supervisors direct ---

    async def due(self, supervisor: str) -> Message:
        """List what is due within a day, without any person: for who assigns it."""
        with in_words():
            looking, found = _directing(supervisor), await self._due.listed()
            return {"due": [one for request in found if (one := request_seen(looking, request))]}

    async def directed(self, supervisor: str, reference: str) -> Message:
        """Give one request as a supervisor sees it."""
        with in_words():
            looking, whole = await self._directed(supervisor, reference)
            return await self._rooms.folders.request(looking, whole)

    async def direct(self, supervisor: str, reference: str, what: Handle) -> Message:
        """Assign, prioritise or escalate a request as a supervisor."""
        with in_words():
            looking, whole = await self._directed(supervisor, reference)
            done = await self._acts.done(looking, whole.request, what)
            self._due.changed()
            return {"pending": not done}

    async def _directed(self, supervisor: str, reference: str) -> tuple[Looking, Whole]:
        whole = await self._rooms.folders.whole(reference)
        if whole is None or (looking := await self._over(supervisor, whole)).shut:
            raise NotNow("no_request")
        return looking, whole

    async def _over(self, supervisor: str, whole: Whole) -> Looking:
        person = whole.request.citizen
        citizen = await self._rooms.folders.citizen(person) if person else None
        return _directing(supervisor, protected=citizen is not None and citizen.protected)

    # --- what can be chosen ---

    def catalogue(self) -> Message:
        """Give the areas and types with their names, and who works here."""
        whole = self._rooms.institution().catalogue
        people = self._rooms.floor.hall.people
        return {
            "areas": [{"name": name, "about": one.about} for name, one in whole.areas.items()],
            "kinds": [{"name": name, "about": one.about} for name, one in whole.kinds.items()],
            "agents": [{"name": one.name, "display": one.display} for one in people.values()],
        }


def _directing(supervisor: str, *, protected: bool = False) -> Looking:
    return Looking(Viewer(supervisor, Role.SUPERVISOR), Grounds(None, protected), None)
