"""What is agreed to on record: episodes, and recordings that are mute while something secret is keyed."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

Moments = tuple[float, float]
"""From and to, unix seconds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that is about to be read to a caller, and for what.

    leg: the caller's channel; person, level: what is proven; statement: the prompt's key; text: every word
    that will be read, in `language`.
    """

    call: str
    leg: str
    person: str | None
    level: int
    act: str
    statement: str
    language: str
    text: str


class OffTheRecord(Exception):  # noqa: N818 - it says where the answer is not
    """The recording was mute while the statement was read or answered: nothing was agreed to."""


class Consents(Protocol):
    """Who keeps episodes. Everything is on disk when it returns."""

    async def begin(self, asked: Asked, at: float) -> str | None:
        """Open an episode before its first word is said; None when the call is not recorded, so it cannot be."""
        ...

    async def read(self, episode: str, span: Moments) -> None:
        """Note that the statement was read to its end."""
        ...

    async def answered(self, episode: str, key: str, span: Moments, *, accepted: bool) -> None:
        """Note the key that was pressed, and what it meant. Raises OffTheRecord for an acceptance in a gap."""
        ...

    async def interrupted(self, episode: str, why: str) -> None:
        """Note that it came to no answer: silence, hung_up, person, back."""
        ...


class Muting(Protocol):
    """Who keeps what is keyed off the recording."""

    def muted(self, call: str, leg: str = "") -> AbstractAsyncContextManager[None]:
        """Write silence while within, and mark the gap; of a call that is not recorded, nothing."""
        ...
