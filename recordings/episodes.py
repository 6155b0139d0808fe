"""A consent episode: a statement read to a citizen, and what the citizen answered. Pure.

It is a row before its first word is spoken, so nothing that is agreed is without an owner, and it is bound to
the call, the leg that is recorded, the person, what was proven of them and the act. What may happen:

    begun ──read──▶ read ──answered──▶ accepted or refused
      └───────────────┴──interrupted──▶ interrupted

Only an acceptance lets anything be done. Whatever does not fit raises `IllegalStep` and changes nothing.
Offsets are milliseconds from the first sample of the call's recording.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

MACHINE = "machine"
"""Who asked when nobody of ours spoke."""

VOICE = "voice"
"""How a citizen answers a person: with their own voice, into the recording."""

FASTEST_READING = 30
"""Characters a second: nobody reads a statement aloud faster (speech is about 15, an auctioneer's 25)."""

LEAST_ANSWER_MS = 500
"""A spoken "sí" takes about 300 ms, and nobody begins to say it at once."""

Span = tuple[int, int]
"""From and to, in milliseconds of the recording."""


class Outcome(StrEnum):
    """How an episode stands, or ended."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


Answered = Literal[Outcome.ACCEPTED, Outcome.REFUSED]


@dataclass(frozen=True, slots=True)
class Statement:
    """What was read: the prompt's key, the language, the words, and the SHA-512 of the words (UTF-8, hex)."""

    id: str
    language: str
    text: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode as its row has it; `begun_at` is unix seconds, everything in `_ms` lies in the recording.

    leg: the channel whose voice answers, by its name in Asterisk. citizen: the register's id, None when nobody
    is proven; level: what was proven then, 0 to 3. asked_by: who read the statement, `machine` or an agent's
    name; heard_by: who took the answer, which is another agent when the caller was handed on meanwhile.
    answer: `key:1`, `voice`, or None while there is none.
    """

    id: str
    call: str
    leg: str
    citizen: str | None
    level: int
    act: str
    statement: Statement
    asked_by: str
    began_ms: int
    begun_at: float
    statement_ms: Span | None = None
    answer_ms: Span | None = None
    answer: str | None = None
    outcome: Outcome = Outcome.OPEN
    heard_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has ended it yet."""
        return self.outcome is Outcome.OPEN


class IllegalStep(Exception):  # noqa: N818 - named as the trade would say it
    """This cannot happen to an episode that stands so; nothing was changed."""

    def __init__(self, episode: Episode, step: str) -> None:
        super().__init__(f"{step} cannot happen to episode {episode.id}, which is {episode.outcome}")


class NotHeard(IllegalStep):
    """No voice can have answered in what was recorded since the statement: too soon, or the file does not grow."""


class Unheard(IllegalStep):
    """The recording was mute while the statement was read or answered: it is on no record, and is asked again."""


def statement(key: str, language: str, text: str) -> Statement:
    """Give a statement with the hash of its words."""
    return Statement(key, language, text, hashlib.sha512(text.encode()).hexdigest())


def read(episode: Episode, span: Span) -> Episode:
    """Note that the statement was read to its end, and where: by a person not faster than anybody can.

    Raises IllegalStep.
    """
    if not episode.is_open or episode.statement_ms is not None:
        raise IllegalStep(episode, "read")
    _ordered(episode, span)
    if episode.asked_by != MACHINE and span[1] - span[0] < least_reading_ms(episode.statement.text):
        raise IllegalStep(episode, "read in so short a time")
    return replace(episode, statement_ms=span)


def least_reading_ms(text: str) -> int:
    """Say how long a person needs at least to read a statement aloud."""
    return len(text) * 1000 // FASTEST_READING


def voiced(episode: Episode, span: Span, gaps: Iterable[tuple[int, bool]]) -> None:
    """Make sure that a voice can have answered, and that statement and answer are on the recording.

    gaps: where the recording became mute (True) and was not any more. Raises NotHeard, Unheard.
    """
    if span[1] - span[0] < LEAST_ANSWER_MS:
        raise NotHeard(episode, str(Outcome.ACCEPTED))
    recorded(episode, span, gaps)


def recorded(episode: Episode, span: Span, gaps: Iterable[tuple[int, bool]]) -> None:
    """Make sure that statement and answer are on the recording, however it was answered. Raises Unheard."""
    if mute_within((episode.statement_ms or span)[0], span[1], gaps):
        raise Unheard(episode, str(Outcome.ACCEPTED))


def mute_within(begun: int, ended: int, gaps: Iterable[tuple[int, bool]]) -> bool:
    """Say whether a recording was mute anywhere between two of its milliseconds; gaps: as `voiced` takes them."""
    mute = False
    for at, now_mute in sorted(gaps, key=lambda gap: (gap[0], not gap[1])):
        if at > ended:
            break
        if mute and at > begun:
            return True
        mute = now_mute
    return mute


def answered(episode: Episode, answer: str, outcome: Answered, span: Span, heard_by: str) -> Episode:
    """Note the citizen's answer, after the whole statement. Raises IllegalStep."""
    if not episode.is_open or episode.statement_ms is None or span[0] < episode.statement_ms[1]:
        raise IllegalStep(episode, str(outcome))
    _ordered(episode, span)
    return replace(episode, answer=answer, answer_ms=span, outcome=outcome, heard_by=heard_by)


def interrupted(episode: Episode, heard_by: str | None = None) -> Episode:
    """Note that it came to no answer: silence, a caller who left, an agent who stopped, a server that died."""
    if not episode.is_open:
        raise IllegalStep(episode, "interrupted")
    return replace(episode, outcome=Outcome.INTERRUPTED, heard_by=heard_by)


def _ordered(episode: Episode, span: Span) -> None:
    if not episode.began_ms <= span[0] <= span[1]:
        raise IllegalStep(episode, "a time before its own beginning")
