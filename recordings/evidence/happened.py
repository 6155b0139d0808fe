"""What the log says happened to recordings, held against the rooms' rows: what was erased or changed there is named.

Pure. The rows are read after the number of the log's entries was, and the entries after the rows: so every entry below
that number has its row, and every row that says it was entered has its entry, whatever goes on meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from recordings.evidence.entries import Kind

_HOLDS = frozenset({Kind.HELD, Kind.LIFTED})
_TERMS = frozenset({Kind.BLOCKED, Kind.DESTROYED})
_SAID = {
    Kind.BEGUN: "a recording began",
    Kind.LISTENED: "somebody listened to a recording",
    Kind.EXPORTED: "a recording was given out",
    Kind.HELD: "a recording was put under a legal hold",
    Kind.LIFTED: "a legal hold was lifted",
    Kind.BLOCKED: "a recording was blocked",
    Kind.DESTROYED: "a recording was destroyed",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that nobody has explained."""

    what: str
    sentence: str


@dataclass(slots=True)
class OnRecord:
    """What a row says happened: which kind, when (unix seconds), to which call.

    awaited: the row says that it was entered into the log; not any more once it was found there.
    """

    kind: Kind
    at: float
    call: str
    awaited: bool


@dataclass(slots=True)
class Happened:
    """Compares entry by entry. `rows`: by the reference of the log; `size`: entries there were before rows were read.

    A reference has one row of a recording's beginning or of a listening, one of holds, and one of terms.
    """

    rows: dict[str, list[OnRecord]]
    size: int
    _last: dict[tuple[str, frozenset[Kind]], tuple[Kind, float]] = field(default_factory=dict)

    def line(self, leaf: int, kind: str, line: str) -> Iterator[Difference]:
        """Take the next line of the log, whatever stands in it, and say what is wrong with it."""
        if kind not in _SAID:
            return
        try:
            said, written, reference = line.split(" ")
            at = int(written) / 1000
        except ValueError:
            said, reference, at = "", "", 0.0
        if said != kind:
            yield Difference("no entry", f"Entry {leaf} of the log is not one of its kind, {kind}.")
            return
        yield from self._entry(leaf, Kind(kind), reference, at)

    def _entry(self, leaf: int, kind: Kind, reference: str, at: float) -> Iterator[Difference]:
        row = self._row(reference, kind)
        if row is not None and _same(row.at, at):
            row.awaited = False
        if leaf >= self.size:
            return
        for group in (_HOLDS, _TERMS):
            if kind in group:
                self._last[reference, group] = (kind, at)
                return
        if row is None:
            yield Difference("call gone" if kind is Kind.BEGUN else "listening gone", _gone(leaf, kind))
        elif not _same(row.at, at):
            yield Difference(
                "time changed", f"Entry {leaf} of the log ({_SAID[kind]}) has another time than its row."
            )

    def rest(self) -> Iterator[Difference]:
        """Say what is wrong now that all entries were taken."""
        for (reference, group), (kind, at) in self._last.items():
            yield from self._stands(reference, group, kind, at)
        for rows in self.rows.values():
            for row in rows:
                if row.awaited:
                    said = f"that {_SAID[row.kind]} (call {row.call}), and the log has no word of it"
                    yield Difference("not in the log", f"A row says {said}.")

    def _stands(self, reference: str, group: frozenset[Kind], kind: Kind, at: float) -> Iterator[Difference]:
        """Compare the last that the log has of a hold, or of a term, with how the row stands now."""
        row = next((one for one in self.rows.get(reference, ()) if one.kind in group), None)
        if row is not None and (row.at > at and not _same(row.at, at)):
            return  # it changed since, which is not in the log yet
        if row is not None and (row.kind is kind and _same(row.at, at)):
            return
        what = "hold changed" if group is _HOLDS else "term changed"
        of = f"call {row.call}" if row is not None else "a recording that has no such row any more"
        yield Difference(
            what, f"The last that the log says of {of} is that {_SAID[kind]}; its row denies it."
        )

    def _row(self, reference: str, kind: Kind) -> OnRecord | None:
        return next((one for one in self.rows.get(reference, ()) if one.kind is kind), None)


def _same(one: float, other: float) -> bool:
    """Whether two moments are the same in the log, which has milliseconds."""
    return round(one * 1000) == round(other * 1000)


def _gone(leaf: int, kind: Kind) -> str:
    return f"Entry {leaf} of the log says that {_SAID[kind]}, and that is not on record any more."
