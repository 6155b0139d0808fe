"""What the recordings tell the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """A recording has its row; the conversation starts MixMonitor now."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingNotStarted:
    """A call goes on without being recorded: there was no way to give it a row or a folder."""

    call: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingSealed:
    """A recording is over and sealed, or found to be empty; `flaw`: none, partial, empty."""

    call: str
    flaw: str
    bytes: int
    duration_ms: int
    sha512: str
    at: float


@dataclass(frozen=True, slots=True)
class SealFailed:
    """Sealing failed; the original is kept and tried again. `reason`: no space, unreadable, still growing."""

    call: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingMissing:
    """A row has no file: never recorded, or taken away after it was sealed (`was_sealed`)."""

    call: str
    was_sealed: bool
    at: float


@dataclass(frozen=True, slots=True)
class RecordingOrphan:
    """A file has no row. It is kept, in quarantine, until a person has looked at it."""

    call: str | None
    file: str
    at: float


Fact = (
    RecordingStarted | RecordingNotStarted | RecordingSealed | SealFailed | RecordingMissing | RecordingOrphan
)
