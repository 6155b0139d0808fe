"""Moments inside a recording that must be found again without listening to all of it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened at a mark."""

    AGENT = "agent"  # a person answered
    HELD = "held"  # the caller hears music; what agents say to one another is on no recording
    BACK = "back"  # the caller is with people again
    HANDED = "handed"  # another agent has the caller from here
    MUTED = "muted"  # silence is written from here: something is keyed that is on no recording
    UNMUTED = "unmuted"  # what is said is written again


@dataclass(frozen=True, slots=True)
class Notice:
    """The recording notice as it was spoken: which prompt, in which language, and when.

    `offset_ms`: milliseconds from the answer of the call to the first word of the notice. Recording begins when
    the notice has been said to its end, so all of it lies before the first sample of the file.
    """

    key: str
    language: str
    offset_ms: int


def offset_ms(begun_at: float, at: float) -> int:
    """Say where in the recording a moment lies, in milliseconds; never before its start."""
    return max(0, round((at - begun_at) * 1000))
