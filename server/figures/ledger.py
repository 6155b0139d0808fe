"""The fold: facts in, in the order they were written; contacts, calls and spells out. Pure, and for any span.

It bears what a hostile world does to a record: a fact that comes twice is counted once, a contact whose first fact
was lost begins with the wish that its call had said, one whose end was lost is over when its call is. Nothing is
guessed: a talk nobody timed has no length, and is left out of averages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from server.figures.desks import WRAP_UP, Desks
from server.figures.differences import MISSING_WITH_US
from server.figures.promises import Promises
from server.figures.records import Call, Contact, Ending, Promise, Row, ServiceUse, Spell, Turn

CLOSED = "closed"


def nobody(_: object) -> None:
    """Listen to nothing."""


class Ledger:
    """`take` facts; hears `settled` of each contact when nothing more can happen to it, `over` of each call.

    `spent` is told each spell of an agent, `redeemed` each promise to call back, kept or not.

    Whoever asks before that finds contacts still open in `open`, calls in `calls`, agents' present states in
    `desks`.
    """

    def __init__(
        self,
        settled: Callable[[Contact], None] = nobody,
        over: Callable[[Call], None] = nobody,
        spent: Callable[[Spell], None] = nobody,
        redeemed: Callable[[Promise], None] = nobody,
    ) -> None:
        self.calls: dict[str, Call] = {}
        self.promised = Promises(redeemed)
        self.desks = Desks(spent, self._wrapped)
        self._settled, self._over = settled, over
        self._reads: dict[str, Callable[[Row], None]] = {
            "CallArrived": self._arrived,
            "LanguageChosen": self._language,
            "IdentityProven": self._proven,
            "ServiceEnded": self._service,
            "PersonWanted": self._wanted,
            "PersonRefused": self._refused,
            "CallEnded": self._ended,
            "CallerWaiting": self._waiting,
            "RangOut": self._rang_out,
            "TalkStarted": self._answered,
            "TalkUnseen": self._answered,
            "TalkEnded": self._talked,
            "CallerLeft": self._left,
            "RequestPassedOn": self._passed_on,
            "HandedOver": self._handed_over,
            "LegsChanged": self._legs,
            "CallSteered": self._steered,
            "AgentStateChanged": self._state,
            "CallDiffers": self._differs,
            "CallbackTaken": self._promised,
            **self.promised.reads,
        }

    @property
    def types(self) -> tuple[str, ...]:
        """The types of facts that mean something here."""
        return tuple(self._reads)

    def take(self, fact: Row) -> None:
        """Take one fact; types that mean nothing here are passed over."""
        read = self._reads.get(fact["type"])
        if read is not None:
            read(fact)

    def open(self) -> Iterable[Contact]:
        """Give the contacts to which something may still happen, those in wrap-up included."""
        yield from (contact for call in self.calls.values() for contact in call.contacts)
        yield from (one for one in self.desks.in_wrap_up() if one.call not in self.calls)

    def close(self, at: float) -> None:
        """Settle all that is left, at the end of what was read: spells end there, contacts stay as they are."""
        for contact in [*self.open()]:
            if contact.call not in self.calls:
                self._settled(contact)
        self.desks.close(at)
        for call in [*self.calls.values()]:
            self._forget(call)
        self.promised.close()

    # Calls ---------------------------------------------------------------------------------------------

    def _call(self, fact: Row) -> Call:
        name: str = fact["call"]
        if name not in self.calls:
            self.calls[name] = Call(name, arrived=fact["at"])
        return self.calls[name]

    def _arrived(self, fact: Row) -> None:
        call = self._call(fact)
        call.number, call.campaign = fact["number"], fact["campaign"]
        call.language, call.arrived = fact["language"], fact["at"]
        call.mark = fact.get("mark")

    def _language(self, fact: Row) -> None:
        self._call(fact).language = fact["language"]

    def _proven(self, fact: Row) -> None:
        self._call(fact).person = fact["person"]

    def _service(self, fact: Row) -> None:
        self._call(fact).services.append(ServiceUse(fact["service"], fact["outcome"]))

    def _wanted(self, fact: Row) -> None:
        call = self._call(fact)
        call.wanted += 1
        call.wish = (fact["subject"], fact["language"], fact["level"])

    def _refused(self, fact: Row) -> None:
        """Nobody was to be had: the centre is closed, or the centre ended the wait."""
        call = self._call(fact)
        if fact["why"] == CLOSED:
            call.refused = CLOSED
        elif call.contacts:
            call.contacts[-1].turned = True
            if call.contacts[-1].ending is Ending.ABANDONED:
                call.contacts[-1].ending = Ending.TURNED_AWAY

    def _differs(self, fact: Row) -> None:
        """Take a call that only Asterisk knows of: no server of ours was there for it."""
        if fact["what"] == MISSING_WITH_US:
            began = fact["began"]
            self._over(Call(fact["call"], arrived=began, ended=began, refused=MISSING_WITH_US))

    def _ended(self, fact: Row) -> None:
        call = self.calls.get(fact["call"])
        if call is not None:
            call.ended, call.reason = fact["at"], fact["reason"]
            self._forget_ended(call)

    def _forget_ended(self, call: Call) -> None:
        """Let go of a call that is over, once what became of its contacts was said too: that may come after it."""
        if call.ended is not None and all(one.over and one.handed_to is None for one in call.contacts):
            self._forget(call)

    def _forget(self, call: Call) -> None:
        del self.calls[call.call]
        for contact in call.contacts:
            if not self.desks.wraps(contact):
                self._settled(contact)
        self._over(call)

    # Contacts ------------------------------------------------------------------------------------------

    def _waiting(self, fact: Row) -> None:
        call = self._call(fact)
        if call.contacts and not call.contacts[-1].over:
            if call.contacts[-1].ending is Ending.WAITING:
                return  # said twice
            call.contacts[-1].over = True  # its end was lost
        wish = (fact["subject"], fact["language"], fact["level"])
        where = (fact["position"], call.number, call.campaign)
        call.contacts.append(Contact(call.call, *wish, fact["at"], *where))

    def _at_hand(self, fact: Row) -> Contact | None:
        """Give the contact that this fact is about; one whose first fact was lost is begun with the call's wish."""
        call = self.calls.get(fact["call"])
        if call is None:
            return None
        if call.contacts and not call.contacts[-1].over:
            return call.contacts[-1]
        if call.contacts and call.contacts[-1].handed_to is not None:
            return self._handed(call, call.contacts[-1])
        if len(call.contacts) >= call.wanted:
            return None  # said twice
        began = fact["at"] - max(0.0, fact.get("waited") or 0.0)
        call.contacts.append(
            Contact(call.call, *call.wish, began, number=call.number, campaign=call.campaign)
        )
        return call.contacts[-1]

    def _handed(self, call: Call, last: Contact) -> Contact:
        """Begin the contact of a caller whom the colleague they were handed to did not take: they wait again."""
        last.handed_to = None
        wish, where = (last.subject, last.language, last.level), (last.position, call.number, call.campaign)
        call.contacts.append(Contact(call.call, *wish, last.handed_at, *where))
        return call.contacts[-1]

    def _rang_out(self, fact: Row) -> None:
        contact = self._at_hand(fact)
        if contact is not None:
            contact.rang_out += 1

    def _answered(self, fact: Row) -> None:
        if self._taken(fact):
            return
        contact = self._at_hand(fact)
        if contact is None or contact.ending is not Ending.WAITING:
            return
        contact.ending, contact.waited_s = Ending.ANSWERED, max(0.0, fact["waited"])
        contact.turns.append(Turn(fact.get("agent")))
        if fact["type"] == "TalkUnseen":
            self._end(contact)

    def _talked(self, fact: Row) -> None:
        self._taken(fact)
        last = self._last(fact)
        if last is not None and last.handed_to is not None:
            return  # said twice
        contact = self._at_hand(fact)
        if contact is None or contact.ending is not Ending.ANSWERED:
            return
        if len(contact.turns) > 1 and contact.turns[-1].agent != fact["agent"]:
            return  # said twice
        contact.talked(max(0.0, fact["talked"]), fact["at"])
        self._end(contact)

    def _taken(self, fact: Row) -> bool:
        """Say whether this agent was given the caller by a colleague, and has them; their turn begins."""
        last = self._last(fact)
        if last is None or last.handed_to is None or last.handed_to != fact.get("agent"):
            return False
        last.taken()
        return True

    def _left(self, fact: Row) -> None:
        contact = self._at_hand(fact)
        if contact is None or contact.ending is not Ending.WAITING:
            return
        contact.ending = Ending.TURNED_AWAY if contact.turned else Ending.ABANDONED
        contact.waited_s = max(0.0, fact["waited"])
        self._end(contact)

    def _end(self, contact: Contact) -> None:
        contact.over = True
        self._forget_ended(self.calls[contact.call])

    def _passed_on(self, fact: Row) -> None:
        last = self._last(fact)
        if last is not None and last.ending is Ending.ANSWERED:
            last.turns[-1].passed_on = True

    def _last(self, fact: Row) -> Contact | None:
        call = self.calls.get(fact["call"] or "")
        return call.contacts[-1] if call is not None and call.contacts else None

    def _legs(self, fact: Row) -> None:
        self._taken(fact)
        last = self._last(fact)
        if last is not None and last.ending is Ending.ANSWERED and not last.over:
            last.stands(fact["stage"], fact["at"])

    def _steered(self, fact: Row) -> None:
        """Take note that a supervisor gave a waiting caller another wish; the contact is of the last one."""
        last = self._last(fact)
        if last is not None and last.ending is Ending.WAITING:
            last.subject, last.level = fact["subject"], fact["level"]

    def _handed_over(self, fact: Row) -> None:
        """Note that another agent has the caller now, in the middle of the talk, or is rung after its end."""
        self._taken(fact)
        last = self._last(fact)
        if last is not None and last.ending is Ending.ANSWERED and last.turns[-1].agent == fact["agent"]:
            last.turns[-1].passed_on, last.over = True, True
            last.handed_to, last.handed_at = fact["to"], fact["at"]

    # Callbacks -----------------------------------------------------------------------------------------

    def _promised(self, fact: Row) -> None:
        """Take a promise to call back; the caller has left the line, and did not give up."""
        contact = self._last(fact)
        if contact is not None and contact.ending in {Ending.WAITING, Ending.ABANDONED}:
            contact.ending, contact.waited_s = Ending.CALLED_BACK, max(0.0, fact["waited"])
            if not contact.over:
                self._end(contact)
        self.promised.given(fact)

    # Agents --------------------------------------------------------------------------------------------

    def _state(self, fact: Row) -> None:
        if fact["state"] == WRAP_UP:
            self._taken(fact)
        call = self.calls.get(fact["call"] or "")
        self.desks.take(fact, call.contacts if call is not None else ())

    def _wrapped(self, contact: Contact) -> None:
        if contact.call not in self.calls:
            self._settled(contact)
