"""Files against rows: what has no owner, what is gone, and what nobody finished."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from recordings.naming import RAW, STORED, TEXT, TINK, WAV, call_of, half_made_of, is_of_call
from recordings.recording import State

LONGEST_NAME = 600
# A call that hung up has told so by then; a row comes before its file, so an unowned file is never just
# early.
QUIET_AFTER_S = 60.0
LEFT_AFTER_S = 600.0
"""Who seals writes all the time, and waits for the disk at the end: so long unchanged, a half-made file is lost."""


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file in the vault: path relative to it, size in bytes, last change in unix seconds."""

    path: Path
    bytes: int
    changed_at: float

    @property
    def name(self) -> str:
        """The path as a table and a log can take it: whatever bytes somebody named the file with."""
        shown = self.path.as_posix().encode("utf-8", "backslashreplace").decode()
        return "".join(letter if letter.isprintable() else "?" for letter in shown)[:LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class RowSeen:
    """A recording's row: its state, the path it names, when it began; `term_over`: blocked or destroyed by its term.

    state: None for a row that says what none of ours can; it is named, and nothing is done about its files.
    """

    call: str
    state: State | None
    path: Path
    begun_at: float
    term_over: bool = False


@dataclass(frozen=True, slots=True)
class Orphan:
    """A file without a row."""

    file: FileSeen
    call: str | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A sealed row whose file is not there any more."""

    call: str
    path: Path


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A recording whose call is over and nobody told so; `quiet_since`: last change or start."""

    call: str
    quiet_since: float


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a sealed or encrypted file was made of, beside it, or half of one: the server died in between.

    destroyed: the call, when it is the file of a recording whose row says so: it is named, and left to the night's run.
    stored: the call, when only its row says that the recording lies in an object store: somebody has to look there.
    """

    path: Path
    destroyed: str | None = None
    stored: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that says what none of ours can: somebody else wrote it, or the database is damaged."""

    call: str


Finding = Orphan | Gone | Unfinished | Leftover | Unreadable


def compare(
    files: Iterable[FileSeen], rows: Mapping[str, RowSeen], alive: frozenset[str] | None, at: float
) -> tuple[Finding, ...]:
    """Compare; `alive` are the calls Asterisk has now, None when it could not say (then none is finished)."""
    seen = {file.path: file for file in files}
    found: list[Finding] = []
    found += [one for file in seen.values() if (one := _of_file(file, rows, seen)) is not None]
    found += [Leftover(file.path) for file in seen.values() if _is_lost_half(file, at)]
    found += [Unreadable(row.call) for row in rows.values() if row.state is None]
    found += [
        Gone(row.call, row.path)
        for row in rows.values()
        if row.state is State.SEALED and row.path not in seen and not _is_stored(row)
    ]
    if alive is not None:
        found += [late for row in rows.values() if (late := _of_row(row, seen, alive, at)) is not None]
    return tuple(found)


def _of_file(
    file: FileSeen, rows: Mapping[str, RowSeen], seen: Mapping[Path, FileSeen]
) -> Orphan | Leftover | None:
    if file.path.suffix not in {RAW, WAV, TEXT, TINK}:
        return None
    call = call_of(file.path)
    row = rows.get(call) if call else None
    if row is None or call is None:
        return Orphan(file, call)
    # Nothing is made of what is encrypted, and a row that names another's file has nothing made of its own.
    made_of = file.path.suffix in {RAW, TEXT} or (row.path.suffix == TINK and file.path.suffix != TINK)
    original = file.path != row.path and made_of and is_of_call(row.path, call)
    made = row.state is State.SEALED and (row.path in seen or _is_stored(row))
    if row.state is State.DESTROYED and row.term_over:
        return Leftover(file.path, call)
    if original and made:
        return Leftover(file.path, stored=call if _is_stored(row) else None)
    # A WAV whose row is not sealed yet: the server died before it wrote the row; sealing again replaces it.
    # The same holds for one that was encrypted and whose row does not say so yet.
    return None


def _is_lost_half(file: FileSeen, at: float) -> bool:
    """Whether a server died while it made this, and nobody makes it anew: what it was made of is there all the same."""
    return half_made_of(file.path) is not None and at - file.changed_at >= LEFT_AFTER_S


def _is_stored(row: RowSeen) -> bool:
    """Whether a recording lies in an object store: no folder tells whether it is there."""
    return row.path.parts[:1] == (STORED,)


def _of_row(
    row: RowSeen, seen: Mapping[Path, FileSeen], alive: frozenset[str], at: float
) -> Unfinished | None:
    if row.state is not State.RECORDING or row.call in alive:
        return None
    file = seen.get(row.path)
    quiet_since = max(row.begun_at, file.changed_at if file else 0.0)
    return Unfinished(row.call, quiet_since) if at - quiet_since >= QUIET_AFTER_S else None
