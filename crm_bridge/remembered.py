"""What a CRM answered a while ago, with when: for the card, when the CRM does not answer in time.

Only what a card shows is remembered, never what decides an identity. An answer is used only in place of none, is never
older than KEPT_S, and the card says of when it is (`as_of`). It rests in memory alone: a restart forgets it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

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
        self._most, self._kept_s = most, kept_s

    def keep(self, question: str, about: str, answer: object, at: float, whose: Iterable[str] = ()) -> None:
        """Remember an answer in place of an older one; `whose`: the citizens it tells of, besides `about`."""
        self._known[question, about] = Known(answer, at, frozenset(whose))
        self._known.move_to_end((question, about))
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def recall(self, question: str, about: str, at: float) -> Known[object] | None:
        """Give what was answered, unless it is too old."""
        known = self._known.get((question, about))
        if known is None:
            return None
        if not 0 <= at - known.at <= self._kept_s:
            del self._known[question, about]
            return None
        return known

    def forget(self, about: str) -> None:
        """Forget what is known about a citizen or a telephone: the CRM says that it has changed."""
        for key in [key for key, known in self._known.items() if about == key[1] or about in known.whose]:
            del self._known[key]

    def forget_all(self) -> None:
        """Forget everything."""
        self._known.clear()

    def __len__(self) -> int:
        return len(self._known)
