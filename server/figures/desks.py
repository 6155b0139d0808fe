"""What agents did from when to when, out of their states; and whose wrap-up belongs to which contact. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from server.figures.records import Contact, Row, Spell, Turn

SIGNED_OUT, WRAP_UP = "signed_out", "wrap_up"  # queues/agents.py State


class Desks:
    """Agents' present states, in `present`. `spent` hears each spell, `wrapped` each contact whose wrap-ups ended."""

    def __init__(self, spent: Callable[[Spell], None], wrapped: Callable[[Contact], None]) -> None:
        self.present: dict[str, Spell] = {}
        self._wrapping: dict[str, tuple[Contact, Turn]] = {}
        self._spent, self._wrapped = spent, wrapped

    def take(self, fact: Row, contacts: Sequence[Contact]) -> None:
        """Take an agent's new state; `contacts` are those of the call it names."""
        agent, at = fact["agent"], fact["at"]
        before = self.present.get(agent)
        if before is not None and before[1:4] == (fact["state"], fact["reason"], fact["call"]):
            return  # the same state, said again because something else of it changed
        self._spend(agent, at)
        if fact["state"] != SIGNED_OUT:
            self.present[agent] = Spell(agent, fact["state"], fact["reason"], fact["call"], at, at)
        if fact["state"] == WRAP_UP:
            self._wrap(agent, contacts)

    def wraps(self, contact: Contact) -> bool:
        """Say whether anybody is in wrap-up after this contact."""
        return any(one is contact for one, _ in self._wrapping.values())

    def in_wrap_up(self) -> Iterable[Contact]:
        """Give the contacts after which somebody is in wrap-up, each once."""
        return {id(one): one for one, _ in self._wrapping.values()}.values()

    def close(self, at: float) -> None:
        """End every spell; a wrap-up that goes on has no length."""
        self._wrapping.clear()
        for agent in [*self.present]:
            self._spend(agent, at)

    def _wrap(self, agent: str, contacts: Sequence[Contact]) -> None:
        turns = ((contact, turn) for contact in reversed(contacts) for turn in reversed(contact.turns))
        had = next((one for one in turns if one[1].agent == agent), None)
        if had is not None:
            self._wrapping[agent] = had

    def _spend(self, agent: str, at: float) -> None:
        before = self.present.pop(agent, None)
        if before is None:
            return
        spell = before._replace(ended=max(before.began, at))
        self._spent(spell)
        wrapped = self._wrapping.pop(agent, None)
        if wrapped is not None:
            contact, turn = wrapped
            turn.wrap_s = (turn.wrap_s or 0.0) + spell.ended - spell.began
            if not self.wraps(contact):
                self._wrapped(contact)
