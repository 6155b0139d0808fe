"""What a CRM answered a while ago, with when: for the card, when the CRM does not answer in time.

Only what a card shows is remembered, never what decides an identity. An answer is used only in place of none, is never
older than KEPT_S, and the card says of when it is (`as_of`). It rests in memory alone: a restart forgets it.

Theory of operation. An answer may be on its way when the CRM says that the citizen has changed: so every question
takes `now_asked` with it, and an answer to an older question than what was forgotten since is not kept. And of whom
anybody (another answer, the register) has said since that they are protected, every remembered answer says so too.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from crm_bridge.citizens import Citizen

# A caller waits for an agent this long at the most; what a person was an hour ago (protected, moved) must not be shown.
KEPT_S = 900.0
# Answers of some 2,000 calls, about 20 MB.
MOST = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """An answer, when it was given (unix seconds), and the citizens in it (ids)."""

    answer: T
    at: float
    whose: frozenset[str] = frozenset()


class Remembered:
    """Answers by question and whom it was about, the one not used for longest forgotten first."""

    def __init__(self, most: int = MOST, kept_s: float = KEPT_S) -> None:
        self._known: OrderedDict[tuple[str, str], Known[object]] = OrderedDict()
        self._forgotten: OrderedDict[str, int] = OrderedDict()
        self._protected: OrderedDict[str, float] = OrderedDict()
        self._turn = self._forgotten_all = 0
        self._most, self._kept_s = most, kept_s

    @property
    def now_asked(self) -> int:
        """What a question that is asked now takes with it, for `keep`."""
        return self._turn

    def keep(
        self, question: str, about: str, answer: object, at: float, asked: int, whose: Iterable[str] = ()
    ) -> None:
        """Remember an answer in place of an older one, unless its question is older than what was forgotten since.

        `whose`: the citizens it tells of, besides `about`; `asked`: what `now_asked` was for its question.
        """
        names = frozenset(whose)
        for one in _people(answer):
            if one.protected:
                self.protect(one.id, at)
        if asked < max(self._forgotten_all, *(self._forgotten.get(name, 0) for name in (about, *names))):
            return
        self._known[question, about] = Known(answer, at, names)
        self._known.move_to_end((question, about))
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def protect(self, citizen: str, at: float) -> None:
        """Take note that somebody is protected, for as long as an older answer may be remembered."""
        self._protected[citizen] = at
        self._protected.move_to_end(citizen)
        while len(self._protected) > self._most:
            self._protected.popitem(last=False)

    def recall(self, question: str, about: str, at: float) -> Known[object] | None:
        """Give what was answered, unless it is too old."""
        known = self._known.get((question, about))
        if known is None:
            return None
        if not 0 <= at - known.at <= self._kept_s:
            del self._known[question, about]
            return None
        return replace(known, answer=self._as_known_now(known.answer, at))

    def _as_known_now(self, answer: object, at: float) -> object:
        """Mark who is known to be protected by now."""
        match answer:
            case Citizen(id=person) if at - self._protected.get(person, -self._kept_s - 1) <= self._kept_s:
                return replace(answer, protected=True)
            case tuple():
                return tuple(self._as_known_now(one, at) for one in answer)
            case _:
                return answer

    def forget(self, about: str) -> None:
        """Forget what is known about a citizen or a telephone: the CRM says that it has changed.

        Answers on their way are not kept either.
        """
        self._turn += 1
        self._forgotten[about] = self._turn
        self._forgotten.move_to_end(about)
        if len(self._forgotten) > self._most:
            _, self._forgotten_all = self._forgotten.popitem(last=False)
        self._protected.pop(about, None)
        for key in [key for key, known in self._known.items() if about == key[1] or about in known.whose]:
            del self._known[key]

    def forget_all(self) -> None:
        """Forget everything, and what is on its way."""
        self._turn += 1
        self._forgotten_all = self._turn
        self._known.clear()

    def __len__(self) -> int:
        return len(self._known)


def _people(answer: object) -> tuple[Citizen, ...]:
    """Give the citizens in an answer."""
    answers = answer if isinstance(answer, tuple) else (answer,)
    return tuple(one for one in answers if isinstance(one, Citizen))
