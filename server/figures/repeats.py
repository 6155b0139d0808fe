"""Whether somebody calls again: the same number (as a keyed hash) or the same proven person, within some days. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from server.figures.records import Row

DAY_S = 86_400.0


class Seen:
    """Who called when. Calls are to be asked about in the order of their arrival."""

    def __init__(self, days: int, before: Iterable[Row] = ()) -> None:
        """Remember the arrivals and proofs (`CallArrived`, `IdentityProven`) of the days before."""
        self._within_s = days * DAY_S
        self._last: dict[str, tuple[str, float]] = {}
        for fact in before:
            self._note(fact["call"], fact["at"], fact.get("mark"), fact.get("person"))

    def again(self, call: str, at: float, mark: str | None, person: str | None) -> bool:
        """Say whether this number or person called before, in another call, within the days; and remember this one."""
        found = any(self._recent(name, call, at) for name in _names(mark, person))
        self._note(call, at, mark, person)
        return found

    def _recent(self, name: str, call: str, at: float) -> bool:
        before = self._last.get(name)
        return before is not None and before[0] != call and at - before[1] <= self._within_s

    def _note(self, call: str, at: float, mark: str | None, person: str | None) -> None:
        for name in _names(mark, person):
            self._last[name] = (call, at)


def _names(mark: str | None, person: str | None) -> list[str]:
    named = (("number", mark), ("person", person))
    return [f"{kind} {name}" for kind, name in named if name]
