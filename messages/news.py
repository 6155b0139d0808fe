"""What is new of a message: its state on a channel, and what became of those in doubt."""

from dataclasses import dataclass

from messages.states import State


@dataclass(frozen=True, slots=True)
class News:
    """A message whose state on a channel has changed."""

    letter: int
    key: str
    message: str
    channel: str
    state: State
    why: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """What was handed over and never answered for: how many wait again, and the messages for which that is the end."""

    again: int
    ended: tuple[News, ...]
