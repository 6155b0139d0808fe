"""What the post tells the house: what waits, went, came or did not; never to whom or with which words."""

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


@dataclass(frozen=True, slots=True)
class MessageSent:
    """All of a message was taken by the carrier of a channel (sms, email)."""

    call: str | None
    letter: int
    message: str
    channel: str
    at: float


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """All parts of a message are on the recipient's telephone, as the network reports."""

    call: str | None
    letter: int
    message: str
    channel: str
    at: float


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """A message did not get through on a channel: refused, too old, or undeliverable; `why` in a word."""

    call: str | None
    letter: int
    message: str
    channel: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class CarrierLost:
    """The line to a channel's carrier is gone; messages wait."""

    channel: str
    at: float


@dataclass(frozen=True, slots=True)
class CarrierBack:
    """The line to a channel's carrier is there."""

    channel: str
    at: float
