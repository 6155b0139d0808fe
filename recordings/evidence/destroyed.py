"""Which recordings the log lets be destroyed: blocked four weeks before, and held by nothing for as long. Pure.

A row is anybody's who can write the database, and so is the moment in it. A head is signed, and was published: what an
entry claims is believed no further back than a day before the first head that has it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from recordings.evidence.entries import Kind
from recordings.retention import LEAST_BLOCKED_S

HEAD_LATE_S = 86_400.0
"""So much later than a recording was blocked its head may be: the notary waits for nothing, but may be stopped."""
NEVER = float("inf")
TERMS = (Kind.BLOCKED, Kind.HELD, Kind.LIFTED, Kind.DESTROYED, Kind.ERASED)


@dataclass(slots=True)
class Explained:
    """What the log explains, by the reference of a recording. `heads`: (size, published at), by size.

    destroyed: the log says so, and said in time that it was blocked. ordered: the fingerprints of the orders by which
    one was to be erased, and no hold was placed since: whoever writes a database may have entered them, so ask for the
    orders themselves.
    """

    heads: Sequence[tuple[int, float]]
    now: float
    destroyed: set[str] = field(default_factory=set)
    ordered: dict[str, set[str]] = field(default_factory=dict)
    blocked: dict[str, int] = field(default_factory=dict)
    """From which entry a recording's four weeks count: what last blocked it, or lifted a hold that was on it."""
    ended: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    """Of what is destroyed: the entry from which its four weeks counted, the one that says so, and its moment."""
    lifted: dict[str, tuple[int, float]] = field(default_factory=dict)
    """The entry that last lifted a recording's hold, and when that was, as far as it is believed."""
    _due: dict[str, float] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)

    def take(self, entries: Iterable[tuple[int, str]]) -> "Explained":
        """Take entries in the order of the log: (leaf, line); what is no line of ours explains nothing."""
        for leaf, line in entries:
            try:
                kind, written, reference = line.split(" ")
                self._entry(leaf, Kind(kind), int(written) / 1000, reference)
            except (ValueError, TypeError, AttributeError, ArithmeticError):
                continue
        return self

    def may_go(self, reference: str) -> bool:
        """Whether a recording may be destroyed now."""
        return self._may_go(reference, self.now)

    def is_held(self, reference: str) -> bool:
        """Whether the last that the log says of a recording's hold is that it was placed."""
        return reference in self._held

    def believed(self, leaf: int, at: float) -> float:
        """Say when that was which an entry dates `at`: at most a day before its first head; NEVER without one."""
        return max(at, self._seen(leaf, NEVER) - HEAD_LATE_S)

    def _entry(self, leaf: int, kind: Kind, at: float, reference: str) -> None:
        match kind:
            case Kind.BLOCKED:
                self._due[reference] = self.believed(leaf, at) + LEAST_BLOCKED_S
                self.blocked[reference] = leaf
            case Kind.HELD:
                self._held.add(reference)
                self.ordered.pop(reference, None)  # an order that a hold kept up is given again, or is none
            case Kind.LIFTED:
                self._held.discard(reference)
                self.lifted[reference] = (leaf, self.believed(leaf, at))
                self._wait_again(reference, self.believed(leaf, at), leaf)
            case Kind.ERASED:
                order, _, erased = reference.partition(":")
                self.ordered.setdefault(erased, set()).add(order)
            case Kind.DESTROYED if self._may_go(reference, min(at, self.now, self._seen(leaf, NEVER))):
                self.destroyed.add(reference)
                self.ended[reference] = (self.blocked[reference], leaf, at)
            case _:
                return

    def _wait_again(self, reference: str, at: float, leaf: int) -> None:
        """Let a lifted hold be seen for as long as a blocked recording is: one row lifts it, whoever wrote that."""
        if reference in self._due:
            self._due[reference] = max(self._due[reference], at + LEAST_BLOCKED_S)
            self.blocked[reference] = leaf

    def _may_go(self, reference: str, at: float) -> bool:
        return reference not in self._held and self._due.get(reference, NEVER) <= at

    def _seen(self, leaf: int, unpublished: float) -> float:
        """Say when the first head that has an entry was published."""
        place = bisect_right(self.heads, leaf, key=lambda head: head[0])
        return self.heads[place][1] if place < len(self.heads) else unpublished
