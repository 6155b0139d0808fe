"""What the post tells the house: that a message waits, never to whom or with which words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A message was kept for sending. `call` is None: its key names the call, and the outbox has the key."""

    call: None
    message: str
    language: str
    urgent: bool
    at: float
