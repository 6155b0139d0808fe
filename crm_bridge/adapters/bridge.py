"""The bridge: the card in time whatever the CRM does, and no write lost or doubled."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.access import Viewer
from crm_bridge.adapters.asking import Asking, CrmSlow
from crm_bridge.adapters.delivery import RETRY_S, Delivery
from crm_bridge.adapters.ledger import Ledger, Opened
from crm_bridge.adapters.search import MOST_OPEN, Search
from crm_bridge.card import PROVEN, SOMEBODY, Card, Occasion, compose
from crm_bridge.citizens import Case, Person
from crm_bridge.facts import (
    CardComposed,
    Fact,
    RequestClassified,
    RequestContinued,
    RequestNoted,
    RequestOpened,
    RequestPassedOn,
)
from crm_bridge.pop import Template
from crm_bridge.ports import Connector, CrmDown
from crm_bridge.remembered import Remembered
from crm_bridge.requests import (
    ENQUIRY,
    Request,
    Terms,
    channel_of,
    outcome_word,
    plain_notes,
    says_more,
    to_continue,
    usual_terms,
)
from crm_bridge.writes import Attach, Change, Contacted, Continue, Escalate, Note, Open, Talked, Write

log = logging.getLogger("ventanilla.crm_bridge")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the bridge waits for the CRM, in seconds."""

    # The card stands on the screen before the telephone rings: the INVITE goes out once the card was pushed.
    card: float = 0.25
    # The caller has keyed their document and hears nothing meanwhile: a longer silence sounds like a lost line.
    register: float = 3.0
    # Nobody waits for it: the caller is still with the machine. So a CRM that takes two seconds still fills a card.
    ahead: float = 8.0
    # Nobody waits for a write; a CRM that needs longer is not working.
    write: float = 5.0


LIMITS = Limits()
# More looks ahead at once than this mean that the CRM is far behind: a card asks for itself.
MOST_AHEAD = 100
GENERAL = "general"
LEVELS = (1, 2, 3)
USUAL_PRIORITY = 3


async def at_once() -> None:
    """Wait for nothing."""


class Bridge:
    """One bridge around any connector. `run` delivers the outbox and must be running as a task."""

    def __init__(
        self,
        engine: AsyncEngine,
        connector: Connector,
        publish: Callable[[Fact], None],
        clock: Callable[[], float] = time.time,
        limits: Limits = LIMITS,
        pop: Template | None = None,
        terms: Callable[[str, str, int, float], Terms] = usual_terms,
    ) -> None:
        """`terms` says of subject, type, priority and time who is responsible, and until when."""
        # Returns when nothing more urgent goes on: what nobody waits for begins after it. Set by who knows.
        self.calm: Callable[[], Awaitable[None]] = at_once
        self._terms = terms
        self._ledger = Ledger(engine)
        self._connector = connector
        self._publish = publish
        self._clock = clock
        self._limits = limits
        self._cards = Asking(connector.name, "cards", publish, clock)
        self._register = Asking(connector.name, "register", publish, clock)
        self._writes = Asking(connector.name, "writes", publish, clock)
        self._delivery = Delivery(self._ledger, connector, self._writes, publish, clock, limits.write)
        self._posted = asyncio.Event()
        self._pop = pop
        self._memory = Remembered()
        # Said to nobody: a CRM that is lost for this is lost for cards as well, and that is said.
        self._ahead = Asking(connector.name, "cards ahead", lambda _: None, clock)
        self._looking = set[asyncio.Task[None]]()

    # --- what the agent sees ---

    async def card(
        self,
        call: str,
        number: str | None,
        person: str | None,
        language: str,
        level: int,
        subject: str,
        viewer: Viewer = SOMEBODY,
    ) -> Card:
        """Compose the card of a call in the card's limit, with what could be found by then. Never raises.

        `number` is E.164 or None; `person` a citizen's id; `level` the identity level 0 to 3 that was proven; `viewer`
        whose screen it goes to.
        """
        at, started = self._clock(), time.perf_counter()
        occasion = Occasion(call, number, language, level, subject, None, at)
        search = self._search(occasion, person)
        try:
            await self._cards.ask(search.run, self._limits.card)
        except CrmDown as trouble:
            search.found = replace(search.found, crm="slow" if isinstance(trouble, CrmSlow) else "down")
            search.recall()
        if search.occasion.request is None and search.found.crm != "ok":
            await self._request_without_crm(search)
        card = compose(search.occasion, search.found, viewer)
        if self._pop is not None:
            card = replace(card, pop=self._pop.link(card))
        took_ms = (time.perf_counter() - started) * 1000
        self._publish(CardComposed(call, card.request, card.crm, round(took_ms, 1), at))
        return card

    def _search(self, occasion: Occasion, person: str | None) -> Search:
        return Search(self._ledger, self._connector, occasion, person, self._memory, self._clock)

    def look_ahead(self, number: str | None, person: str | None) -> None:
        """Ask in the background for what a card of this caller will show; it is remembered. Never raises or waits.

        A card still asks for itself: only where the CRM is too slow for it, or down, it shows what was found here.
        """
        if (number or person) and len(self._looking) < MOST_AHEAD:
            occasion = Occasion("", number, "", PROVEN if person else 0, "", None, self._clock())
            looking = asyncio.create_task(self._look(self._search(occasion, person)), name="look ahead")
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    async def _look(self, search: Search) -> None:
        await self.calm()
        with suppress(CrmDown):
            await self._ahead.ask(search.ask, self._limits.ahead)

    def forget(self, about: str) -> None:
        """Forget what is remembered about a citizen (their id) or a telephone (E.164): the CRM says it has changed."""
        self._memory.forget(about)

    async def _request_without_crm(self, search: Search) -> None:
        """Look the request up where the time went by, or the CRM was not even asked: it stands in our own tables."""
        try:
            async with asyncio.timeout(self._limits.card):
                await search.own()
        except (TimeoutError, SQLAlchemyError, OSError):
            log.warning("a card goes without its request: our own tables do not answer")

    # --- what the conversation asks (the Registry of ivr.ports) ---

    async def person_by_document(self, document: str) -> Person | None:
        """Give whom the machine may identify by this document, in compact form. Raises CrmDown."""
        one = await self._register.ask(lambda: self._connector.person(document), self._limits.register)
        if one is not None and one.protected:
            self._memory.protect(one.id, self._clock())
        return one

    async def answers_hold(self, document: str, answers: Mapping[str, str]) -> bool:
        """Say whether all these answers (question to digits) are right. Raises CrmDown."""
        return await self._register.ask(
            lambda: self._connector.answers_hold(document, answers), self._limits.register
        )

    async def cases(self, person: str) -> tuple[Case, ...]:
        """Give a person's cases, the newest change first. Raises CrmDown."""
        return await self._register.ask(lambda: self._connector.cases(person), self._limits.register)

    async def knows(self, telephone: str) -> bool:
        """Tell whether somebody has this telephone (E.164), in the card's limit; it proves nothing. Raises CrmDown."""
        found = await self._cards.ask(
            lambda: self._connector.citizens_by_telephone(telephone), self._limits.card
        )
        return bool(found)

    # --- what is written ---

    async def open_or_continue(
        self, call: str, person: str | None, subject: str, *, level: int = 1, priority: int = USUAL_PRIORITY
    ) -> str:
        """Open a request for the call, or continue the person's open one about the subject; its reference.

        `person` only if proven (level 1 or more): a forged number must not write into somebody's folder.
        `level` is the level responsible, not of identity. May be asked again as the call goes on: a person proven
        or a subject that says more is told to the request, or binds the call to the person's older request
        about it; the same again changes nothing.
        """
        at, bound = self._clock(), await self._ledger.of_call(call)
        if bound and not _is_news(bound, person, subject):
            return bound.request
        who = person or (bound.citizen if bound else None)
        older = await self._older(who, subject, at, bound)
        if bound:
            request = older or bound.request
            await self._ledger.learn(bound, Continue(request, call, who, subject, channel_of(call), at))
            if older is None and says_more(bound.subject, subject):
                self._publish(RequestClassified(call, request, subject, "", at))
            if bound.own and older is None and says_more(bound.subject, subject):
                await self._say_terms(call, request, self._terms(subject, ENQUIRY, priority, at), at)
        elif older:
            request = await self._ledger.continue_(Continue(older, call, who, subject, channel_of(call), at))
        else:
            request = await self._opened(Open("", call, who, subject, channel_of(call), priority, level, at))
        if older:
            self._publish(RequestContinued(call, request, subject, at))
        self._posted.set()
        return request

    async def _opened(self, new: Open) -> str:
        """Open a request by the terms that hold for what it is about; its reference."""
        terms = self._terms(new.subject, ENQUIRY, new.priority, new.at)
        level = max(new.level, terms.level)
        request = await self._ledger.open(
            replace(new, level=level, kind=terms.kind, area=terms.area, due_at=terms.due_at)
        )
        self._publish(RequestOpened(new.call, request, new.subject, new.at, new.channel, terms.kind))
        return request

    async def _say_terms(self, call: str, request: str, terms: Terms, at: float) -> None:
        """Tell the request of a call who is responsible, now that the call has said what it is about."""
        change = Change(request, at, area=terms.area, due_at=terms.due_at)
        await self._ledger.post(f"{call}:terms:{terms.area}", call, change)

    async def classify(self, call: str, kind: str, subject: str | None = None) -> None:
        """Say of which type the call's own request is, by the service that the machine gave; an older one keeps its."""
        bound = await self._ledger.of_call(call)
        if bound is None or not bound.own:
            return
        at, about = self._clock(), subject or bound.subject
        terms = self._terms(about, kind, USUAL_PRIORITY, at)
        change = Change(bound.request, at, subject, kind, terms.area, None, None, terms.due_at)
        if await self._post_news(f"{call}:kind:", f"{kind}:{subject or ''}", call, change):
            self._publish(RequestClassified(call, bound.request, about, kind, at))

    async def message_sent(self, call: str, letter: int, message: str, channel: str) -> bool:
        """Put a message that was sent in a call into the folder, once: which one, by which channel, never its words.

        False when the call has no request (yet).
        """
        bound = await self._ledger.of_call(call)
        if bound is None:
            return False
        at, name = self._clock(), f"message-{letter}"
        sent = Contacted(bound.request, f"{name}-{channel}", channel, "out", bound.subject, at, notes=message)
        await self._ledger.post(f"{name}-{channel}:sent", call, sent)
        await self.post(f"{name}:attached", call, Attach(bound.request, "message", name, at))
        return True

    async def attach(self, call: str, kind: str, reference: str) -> None:
        """Let something that a call left (a recording, evidence of it) belong to its request, once."""
        bound = await self._ledger.of_call(call)
        if bound is not None:
            thing = Attach(bound.request, kind, reference, self._clock())
            await self.post(f"{call}:{kind}:{reference}", call, thing)

    def wake(self) -> None:
        """Let what waits in the outbox be handed over now."""
        self._posted.set()

    async def post(self, key: str, call: str | None, write: Write) -> bool:
        """Put a write into the outbox, once for its key, and let it be handed over; False when it was there."""
        new = await self._ledger.post(key, call, write)
        self._posted.set()
        return new

    async def _post_news(self, about: str, words: str, call: str, write: Write) -> bool:
        """Post what a call says about something, unless it was the last thing it said; back and forth is three."""
        number, before = await self._ledger.newest(write.request, about) or (0, "")
        same = f"{about}{words}:"
        return await self.post(before if before.startswith(same) else f"{same}{number}", call, write)

    async def join(self, call: str, other: str, subject: str) -> str:
        """Let a call belong to the request of another, which it continues; its reference. The same again is known.

        Nobody is proven in the new call, so it brings no citizen; the request keeps the one it has.
        """
        bound = await self._ledger.of_call(other)
        if bound is None:
            return await self.open_or_continue(call, None, subject)
        at = self._clock()
        request = await self._ledger.continue_(
            Continue(bound.request, call, None, bound.subject, channel_of(call), at)
        )
        self._publish(RequestContinued(call, request, bound.subject, at))
        self._posted.set()
        return request

    async def _older(self, person: str | None, subject: str, at: float, bound: Opened | None) -> str | None:
        """Find the person's request that the call belongs to, unless it was bound to an older one before."""
        if person is None or (bound and not bound.own):
            return None
        still = await self._still_open(person)
        others = tuple(one for one in still if not bound or one.reference != bound.request)
        found = to_continue(others, subject, at)
        return found.reference if found else None

    async def _still_open(self, person: str) -> tuple[Request, ...]:
        """Give what is open of theirs, or nothing when the CRM has no time: then the call opens its own request."""
        try:
            return await self._cards.ask(
                lambda: self._connector.requests(person, "open", 0, MOST_OPEN), self._limits.card
            )
        except CrmDown:
            return ()

    async def note(self, call: str, agent: str, outcome: str, notes: str) -> None:
        """Keep how the agent finished the call. The same words twice (a double click) are one note.

        Raises ValueError when `outcome` is not a word of ours.
        """
        at, request = self._clock(), await self._request_of(call)
        written = Note(request, call, agent, outcome_word(outcome), plain_notes(notes), at)
        words = hashlib.sha256(f"{written.outcome}\n{written.notes}".encode()).hexdigest()[:16]
        if await self._post_news(f"{call}:note:", f"{agent}:{words}", call, written):
            self._publish(RequestNoted(call, request, agent, written.outcome, at))
        self._posted.set()

    async def talked(self, call: str, agent: str) -> None:
        """Keep who talked in the call, whether or not they ever write a note; the same again is known already."""
        request = await self._request_of(call)
        await self._ledger.post(f"{call}:talked:{agent}", call, Talked(request, call, agent, self._clock()))
        self._posted.set()

    async def pass_on(self, call: str, level: int, subject: str) -> None:
        """Pass the call's request to another level (1 to 3). Raises ValueError for a level that is none."""
        if level not in LEVELS:
            raise ValueError("a request can be passed to level 1, 2 or 3")
        at, request = self._clock(), await self._request_of(call)
        await self._ledger.post(f"{call}:pass_on:{at}", call, Escalate(request, level, subject, at))
        self._posted.set()
        self._publish(RequestPassedOn(call, request, level, subject, at))

    async def _request_of(self, call: str) -> str:
        """Give the call's request; what an agent wrote is kept even if nobody had opened one."""
        bound = await self._ledger.of_call(call)
        return bound.request if bound else await self.open_or_continue(call, None, GENERAL)

    # --- the outbox ---

    async def run(self) -> None:
        """Deliver what is written, for ever: at once when something is posted, else every RETRY_S."""
        while True:
            self._posted.clear()
            await self.calm()
            try:
                await self.deliver()
            except (SQLAlchemyError, OSError):
                log.warning("the outbox cannot be read; trying again in %s s", RETRY_S)
            try:
                async with asyncio.timeout(RETRY_S):
                    await self._posted.wait()
            except TimeoutError:
                continue

    async def deliver(self) -> int:
        """Hand over what waits; how many writes the CRM took or refused for good."""
        return await self._delivery.deliver()


def _is_news(bound: Opened, person: str | None, subject: str) -> bool:
    return (person is not None and bound.citizen is None) or says_more(bound.subject, subject)
