"""Prior appointments at the institution's offices. Everything here raises CorporateDown.

A slot is a time at an office at which somebody is still free. It is only promised once it is booked: between
hearing of it and booking it another caller may take it, and then `book` and `move` raise SlotTaken.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from corporate.answers import Declined


@dataclass(frozen=True, slots=True)
class Office:
    """An office. `prompt` is the key of its spoken name, "" when nobody recorded it; `zone` its time zone."""

    id: str
    name: str
    street: str
    town: str
    postcode: str
    zone: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time: its id, the office's id, and when it begins (unix seconds)."""

    id: str
    office: str
    starts_at: float


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment that is held: its reference ("CP26000123"), what about, where and when."""

    reference: str
    subject: str
    office: Office
    starts_at: float


class SlotTaken(Declined):
    """Somebody else was faster, or the slot has begun. Nothing was changed; an appointment to be moved is kept."""

    def __init__(self) -> None:
        super().__init__("taken")


class Appointments(Protocol):
    """The appointments system. Writes with a key that was used before answer as they did then."""

    async def offices(self, postcode: str) -> tuple[Office, ...]:
        """Give the offices for a postal code, nearest first, a handful; empty for a code that cannot be."""
        ...

    async def free(self, office: str, subject: str, after: dt.date, days: int) -> tuple[Slot, ...]:
        """Give the free times of the next `days` days that have any, from the day `after` on, in order."""
        ...

    async def book(self, person: str, subject: str, slot: str, key: str) -> Booking:
        """Book. Raises SlotTaken, or Declined("not_allowed") for who holds too many already."""
        ...

    async def held(self, person: str) -> tuple[Booking, ...]:
        """Give the appointments still to come, soonest first."""
        ...

    async def move(self, person: str, reference: str, slot: str, key: str) -> Booking:
        """Move an appointment, keeping its reference. Raises SlotTaken, or Declined("nothing_there")."""
        ...

    async def cancel(self, person: str, reference: str, key: str) -> None:
        """Cancel an appointment; its time is free again. Raises Declined("nothing_there")."""
        ...
