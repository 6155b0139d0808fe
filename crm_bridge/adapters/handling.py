"""What an agent does with a request from the desk: continue, take, assign, classify, escalate, close. Written once.

Everything goes through the bridge's outbox, as a call's own writes do. The same thing twice on the same state of a
request (a double click, two tabs) is one write; with another between them it is three.
"""

import asyncio
import hashlib
from collections.abc import Callable

from crm_bridge.access import Action, may
from crm_bridge.adapters.bridge import Bridge
from crm_bridge.adapters.ledger import Ledger
from crm_bridge.facts import Fact, RequestClassified, RequestContinued, RequestHandled
from crm_bridge.folder import Looking
from crm_bridge.requests import (
    LONGEST_REASON,
    Request,
    State,
    channel_of,
    moved,
    outcome_word,
    plain_notes,
)
from crm_bridge.writes import Change, Close, Contacted, Continue, Escalate, Write

SETTLE_S = 1.0
"""How long an agent waits for the CRM to have taken what they did before the page is told that it will."""
SETTLE_TICK_S = 0.02


class NotAllowed(Exception):  # noqa: N818 - it is an answer, not an error
    """This viewer may not do this on these grounds."""


class NotTaken(Exception):  # noqa: N818 - it is an answer, not an error
    """The CRM refused it for good; it is on the list of `ventanilla crm refused`."""


class Handling:
    """An agent's hands on requests; everything says whether the CRM has taken it yet.

    Raises NotAllowed, NotTaken, requests.RefusedMove, ValueError for words that are none.
    """

    def __init__(
        self, bridge: Bridge, ledger: Ledger, publish: Callable[[Fact], None], clock: Callable[[], float]
    ) -> None:
        self._bridge, self._ledger, self._publish, self._clock = bridge, ledger, publish, clock

    async def carry_on(self, looking: Looking, request: Request, person: str) -> bool:
        """Let the present call belong to this request of the same person; the one it had opened is closed."""
        self._demand(looking, Action.CONTINUE)
        call = looking.call
        bound = await self._ledger.of_call(call) if call else None
        if call is None or bound is None or bound.request == request.reference:
            return True
        moved(request.state, State.IN_PROGRESS)
        write = Continue(request.reference, call, person, request.subject, channel_of(call), self._clock())
        await self._ledger.learn(bound, write)
        self._bridge.wake()
        self._publish(RequestContinued(call, request.reference, request.subject, write.at))
        self._told(looking, request, Action.CONTINUE)
        return await self._settled(f"{call}:learn:{request.reference}:{person}:{request.subject}")

    async def take(self, looking: Looking, request: Request) -> bool:
        """Make the request the viewer's own."""
        return await self._change(looking, request, Action.TAKE, assignee=looking.viewer.name)

    async def assign(self, looking: Looking, request: Request, area: str, assignee: str) -> bool:
        """Make an area, and an agent of it ("" for nobody yet), responsible."""
        return await self._change(looking, request, Action.ASSIGN, area=area, assignee=assignee)

    async def prioritise(self, looking: Looking, request: Request, priority: int, due_at: float) -> bool:
        """Change how urgent it is, and with it until when it is to be answered (unix seconds)."""
        return await self._change(looking, request, Action.PRIORITISE, priority=priority, due_at=due_at)

    async def classify(self, looking: Looking, request: Request, subject: str, kind: str) -> bool:
        """Say what it is about and of which type it is."""
        done = await self._change(looking, request, Action.CLASSIFY, subject=subject, kind=kind)
        self._publish(RequestClassified(looking.call, request.reference, subject, kind, self._clock()))
        return done

    async def escalate(self, looking: Looking, request: Request, level: int, area: str, reason: str) -> bool:
        """Give it to another level, with the reason for whoever takes it up."""
        self._demand(looking, Action.ESCALATE)
        words = plain_notes(reason)[:LONGEST_REASON]
        if not words:
            raise ValueError("an escalation says why")
        if request.state is State.CLOSED:
            moved(request.state, State.IN_PROGRESS)
        write = Escalate(request.reference, level, request.subject, self._clock(), words, area or None)
        return await self._write(looking, request, Action.ESCALATE, write, words, str(level), area)

    async def close(self, looking: Looking, request: Request) -> bool:
        """End it."""
        self._demand(looking, Action.CLOSE)
        moved(request.state, State.CLOSED)
        return await self._write(
            looking, request, Action.CLOSE, Close(request.reference, self._clock()), "close"
        )

    async def worked(self, agent: str, request: Request, contact: str, outcome: str, notes: str) -> bool:
        """Keep how an agent finished a request that they took between calls; `contact` names this piece of work."""
        at = self._clock()
        write = Contacted(
            request.reference,
            contact,
            "desk",
            "inside",
            request.subject,
            at,
            agent,
            outcome_word(outcome),
            plain_notes(notes),
        )
        if await self._bridge.post(f"{contact}:{request.reference}", None, write):
            self._publish(RequestHandled(None, request.reference, agent, "work", outcome, at))
        return await self._settled(f"{contact}:{request.reference}")

    async def _change(self, looking: Looking, request: Request, action: Action, **says: object) -> bool:
        self._demand(looking, action)
        if request.state is State.CLOSED:
            moved(request.state, State.IN_PROGRESS)
        write = Change(request.reference, self._clock(), **says)  # type: ignore[arg-type] # fields by name
        return await self._write(looking, request, action, write, *map(str, says.values()))

    async def _write(
        self, looking: Looking, request: Request, action: Action, write: Write, *words: str
    ) -> bool:
        told = hashlib.sha256("\0".join((looking.viewer.name, *words)).encode()).hexdigest()[:16]
        same = f"{request.reference}:{action}:{told}:{request.changed_at}:"
        number, before = await self._ledger.newest(request.reference) or (0, "")
        key = before if before.startswith(same) else f"{same}{number}"
        if await self._bridge.post(key, looking.call, write):
            self._told(looking, request, action)
        return await self._settled(key)

    def _told(self, looking: Looking, request: Request, action: Action) -> None:
        self._publish(
            RequestHandled(
                looking.call, request.reference, looking.viewer.name, str(action), None, self._clock()
            )
        )

    def _demand(self, looking: Looking, action: Action) -> None:
        if not may(looking.viewer, action, looking.grounds):
            raise NotAllowed

    async def _settled(self, key: str) -> bool:
        """Wait until the CRM has taken the write; False when it has not in time: then it waits in the outbox.

        Raises NotTaken.
        """
        try:
            async with asyncio.timeout(SETTLE_S):
                while (verdict := await self._ledger.verdict(key)) == "waiting":  # noqa: ASYNC110 - another process may hand it over
                    await asyncio.sleep(SETTLE_TICK_S)
        except TimeoutError:
            return False
        if verdict == "refused":
            raise NotTaken
        return True
