"""What the post asks of a channel: SMS and e-mail are one file each in `adapters/`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from messages.states import State


@dataclass(frozen=True, slots=True)
class Piece:
    """One sending: part `part` (from 0) of a message for `to` (E.164, or an e-mail address).

    letter, sending: their numbers in the outbox. key: names the message for ever. good_for_s: seconds it is still
    worth anything.
    """

    letter: int
    sending: int
    part: int
    to: str
    text: str
    message: str
    language: str
    key: str
    urgent: bool
    good_for_s: float


@dataclass(frozen=True, slots=True)
class Due:
    """A sending that is to go out now: by which channel, what, how often it was tried, until when it is good."""

    channel: str
    piece: Piece
    attempts: int
    doubts: int
    good_until: float


Report = Callable[[str, State, str], None]
"""Takes what the network says later: the number the other side gave a sending, what became of it, and why."""


class Channel(Protocol):
    """A way out. `send` is asked for several pieces at once."""

    @property
    def name(self) -> str:
        """`sms` or `email`."""
        ...

    @property
    def up(self) -> bool:
        """Whether anything can be sent now."""
        ...

    def parts(self, text: str, language: str) -> int:
        """Say how many sendings a text takes."""
        ...

    async def send(self, piece: Piece) -> str | None:
        """Hand a piece over; the number the other side gives it, if reports come under it. Raises Refused."""
        ...

    async def run(self, report: Report) -> None:
        """Keep the line, for ever."""
        ...
