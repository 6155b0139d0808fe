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


@dataclass(frozen=True, slots=True)
class RecordingUnsealed:
    """A recording whose call is over waits for its seal for more than a minute; `waits_s`: for how long."""

    call: str
    waits_s: float
    trouble: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingAltered:
    """What was sealed is not what was hashed while it was written, from byte `begin` on."""

    call: str
    begin: int
    at: float


@dataclass(frozen=True, slots=True)
class MuteFailed:
    """A recording could not be muted while something was keyed that is meant to be on none."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class MuteRepaired:
    """A recording had stayed muted because a word or the server was lost, and is heard again."""

    call: str
    at: float


@dataclass(frozen=True, slots=True)
class ConsentBegun:
    """A consent episode has its row; its statement is about to be read. asked_by: `machine` or an agent."""

    call: str
    episode: str
    act: str
    level: int
    language: str
    asked_by: str
    at: float


@dataclass(frozen=True, slots=True)
class ConsentEnded:
    """A consent episode is over: accepted, refused or interrupted; `why`: of an interruption."""

    call: str
    episode: str
    act: str
    outcome: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class ConsentUnheard:
    """An accepted episode is not in the audio: it is missing, empty or lacks that part. `flaw`: of the recording."""

    call: str
    episode: str
    act: str
    flaw: str
    at: float


@dataclass(frozen=True, slots=True)
class EncryptionFailed:
    """A sealed recording is not encrypted yet; its plain file is kept and tried again. `reason`: a word or two."""

    call: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class ListeningAsked:
    """Somebody asked to open a recording, and why; `second`: whether another person must agree first."""

    call: str
    listening: str
    by: str
    role: str
    purpose: str
    reason: str
    second: bool
    at: float


@dataclass(frozen=True, slots=True)
class ListeningSeconded:
    """A second person agreed that `of` opens the recording of a protected person."""

    call: str
    listening: str
    by: str
    of: str
    at: float


@dataclass(frozen=True, slots=True)
class ListeningRefused:
    """Somebody asked for a recording that they may not open; `why`: denied, unknown, destroyed."""

    call: str
    by: str
    role: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingOpened:
    """A recording's first byte goes out: to whom, for what purpose (listen, export), why, and who agreed."""

    call: str
    listening: str
    by: str
    role: str
    purpose: str
    reason: str
    second: str | None
    at: float


@dataclass(frozen=True, slots=True)
class RecordingBlocked:
    """A recording's term is over: nobody but courts and authorities may see it. `act`: whose term it was."""

    call: str
    act: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingDestroyed:
    """A recording's key was destroyed and its file removed; its hash stays. `act`: whose term it was."""

    call: str
    act: str
    at: float


@dataclass(frozen=True, slots=True)
class OrphanDestroyed:
    """A file without a row was destroyed, after as many years in quarantine as a recording without an act is kept."""

    file: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingStuck:
    """A recording's term is over, or a file's of none (`file`), and it cannot be destroyed: told once a day at most.

    Both are None where only the number of others is told.
    """

    call: str | None
    file: str | None
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class RecordingErased:
    """A recording was destroyed by an order, not by its term: by two people, for a reason, as the log's entry says.

    order: the fingerprint of the order that was written down, as it stands in that entry.
    """

    call: str
    by: str
    second: str
    reason: str
    order: str
    at: float


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """A legal hold keeps a recording until it is lifted."""

    call: str
    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class HoldLifted:
    """A legal hold is over."""

    call: str
    by: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class KeysRotated:
    """So many recordings' keys were put into new envelopes, under the key `kek`; `locked` could not be."""

    kek: str
    rewrapped: int
    locked: int
    at: float


@dataclass(frozen=True, slots=True)
class EvidenceMade:
    """A sealed recording's vCon was signed and is entry `leaf` of the log; `evidence`: its id."""

    call: str
    evidence: str
    leaf: int
    at: float


@dataclass(frozen=True, slots=True)
class EvidenceStamped:
    """An authority has stamped a recording's vCon, at `stamped` by its clock; `number`: 0, or which renewal."""

    call: str
    evidence: str
    number: int
    stamped: float
    at: float


@dataclass(frozen=True, slots=True)
class AuthorityLost:
    """The time stamp authority gives no stamps; evidence is signed all the same, and stamped later."""

    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class AuthorityBack:
    """The time stamp authority gives stamps again."""

    at: float


@dataclass(frozen=True, slots=True)
class LogHeadPublished:
    """The log has so many entries below `root` (base64); `checkpoint` is the signed note that says so."""

    size: int
    root: str
    checkpoint: str
    at: float


@dataclass(frozen=True, slots=True)
class LogDoubted:
    """A witness refuses the log, what is on file does not agree with it, or a run of the night died."""

    why: str
    at: float


Fact = (
    RecordingStarted
    | RecordingNotStarted
    | RecordingSealed
    | SealFailed
    | RecordingMissing
    | RecordingOrphan
    | RecordingUnsealed
    | RecordingAltered
    | MuteFailed
    | MuteRepaired
    | ConsentBegun
    | ConsentEnded
    | ConsentUnheard
    | EncryptionFailed
    | ListeningAsked
    | ListeningSeconded
    | ListeningRefused
    | RecordingOpened
    | RecordingBlocked
    | RecordingDestroyed
    | OrphanDestroyed
    | RecordingStuck
    | RecordingErased
    | HoldPlaced
    | HoldLifted
    | KeysRotated
    | EvidenceMade
    | EvidenceStamped
    | AuthorityLost
    | AuthorityBack
    | LogHeadPublished
    | LogDoubted
)
