"""What the post tells the house: that a message waits, never to whom or with which words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A message was kept for sending, as `letter` (its number in the outbox), in the course of a call or of none."""

    call: str | None
    letter: int
    message: str
    language: str
    urgent: bool
    at: float
