"""A recording as its row tells it: where it stands, and what is wrong with it."""

from dataclasses import dataclass
from enum import StrEnum

SAMPLES_PER_S = 8_000
MILLISECONDS = 1_000  # the grain of a conversation in writing
CHANNELS = 2
BYTES_PER_FRAME = 4  # two channels of 16 bits
# While a call lasts Asterisk writes its 32 kB buffer every second (tried). The end may have been told wrongly, when
# only the line between server and Asterisk broke: a file that still changes is not sealed, whoever said so.
SETTLED_AFTER_S = 5.0
# MixMonitor opens the file when it starts: what is not there so long after the end never was.
MISSING_AFTER_S = 10.0
# Sealing takes seconds. What waits longer after the end of its call is told: nothing unsealed is overlooked.
UNSEALED_AT_MOST_S = 60.0
# A call loses some tenths of a second while channels are set up; more means that audio is gone: a disk was full.
SHORT_BY_S = 1.0
SHORT_BY_PART = 0.02
SHORT_AT_MOST_S = 5.0  # however long the call was: two words of consent are not lost in a long one
# Asterisk writes whole buffers of this size until it closes the file (tried on 22; main/file.c asks for it). A file
# whose end nobody heard and that is made of whole buffers was never closed: Asterisk died. Chance does that to one
# call in 256 (20 ms are 640 bytes).
BUFFER_BYTES = 32_768
# It adds 20 ms at a time: a file that ends within them was cut off, by a full disk for one.
ADDED_BYTES = 640


# A full disk is looked at again after 2, 4, 8 … seconds, at the latest after five minutes.
SEAL_AGAIN_AT_MOST_S = 300.0
_MOST_DOUBLINGS = 9


class State(StrEnum):
    """Where a recording stands."""

    RECORDING = "recording"
    ENDED = "ended"  # waits to be sealed
    SEALED = "sealed"
    EMPTY = "empty"
    MISSING = "missing"
    DESTROYED = "destroyed"  # its term was over: the key is gone, the row and its hash stay


class Flaw(StrEnum):
    """What is wrong with a recording that is over. Altered: not what was hashed while it was written."""

    NONE = "none"
    ALTERED = "altered"
    PARTIAL = "partial"
    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a recording's row says before it is sealed; times are unix seconds UTC.

    `orderly` is False when nobody heard the end of the call: then `ended_at` is only when that was noticed.
    """

    call: str
    begun_at: float
    ended_at: float
    orderly: bool = True


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed file: bytes, frames (one sample of each channel), SHA-512, and bytes cut at the end.

    `rate`: frames a second; of a conversation in writing a frame is a millisecond.
    """

    bytes: int
    frames: int
    sha512: str
    cut: int
    rate: int = SAMPLES_PER_S

    @property
    def duration_ms(self) -> int:
        """How long it plays, in milliseconds."""
        return self.frames * 1000 // self.rate


def end_of(taken: Taken, changed_at: float) -> float:
    """Say when a call really ended; `changed_at`: last change of its file, which Asterisk closes at the end.

    Whoever heard the end knows it, unless the file went on: then only the line to Asterisk had broken.
    """
    return max(taken.ended_at, changed_at) if taken.orderly else max(taken.begun_at, changed_at)


def flaw_of(taken: Taken, sealed: Sealed, *, altered: bool = False) -> Flaw:
    """Say what is wrong: a sample cut in the middle, clearly less audio than the call was long, an end lost."""
    if altered:
        return Flaw.ALTERED
    if sealed.frames == 0:
        return Flaw.EMPTY
    expected_s = max(0.0, taken.ended_at - taken.begun_at)
    missing_s = expected_s - sealed.frames / SAMPLES_PER_S
    # In writing nobody is heard to be silent: how long the last line stood there says nothing.
    spoken = sealed.rate == SAMPLES_PER_S
    short = spoken and missing_s > may_lack_s(expected_s)
    return Flaw.PARTIAL if short or sealed.cut or (spoken and _cut_off(taken, sealed)) else Flaw.NONE


def _cut_off(taken: Taken, sealed: Sealed) -> bool:
    """Whether a file whose end nobody heard was never closed, or had no room for its end."""
    audio = sealed.frames * BYTES_PER_FRAME
    return not taken.orderly and (audio % BUFFER_BYTES == 0 or audio % ADDED_BYTES != 0)


def may_lack_s(expected_s: float) -> float:
    """Say how many seconds of so many may not be there, and a recording is whole nevertheless."""
    return max(SHORT_BY_S, min(SHORT_AT_MOST_S, SHORT_BY_PART * expected_s))


def bytes_at_least(seconds: float) -> int:
    """Say how many bytes Asterisk has written of so many seconds, if nothing is lost of them."""
    return round((seconds - may_lack_s(seconds)) * SAMPLES_PER_S) * BYTES_PER_FRAME


def seal_again_after(tries: int) -> float:
    """Say how many seconds after a try that failed the next one makes sense; `tries`: how many failed."""
    return min(SEAL_AGAIN_AT_MOST_S, 2.0 ** min(tries, _MOST_DOUBLINGS)) if tries else 0.0
