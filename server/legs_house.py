"""Between a call's legs and the house: what steering needs of it, and what desks are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ivr.ports.calls import Kept
from ivr.ports.floor import WishForm
from queues.legs import Legs
from server.facts import LegsChanged
from web.ports import Message


@dataclass(frozen=True, slots=True)
class Around:
    """What steering needs of the house: the card for a colleague, the snapshot of a call, marks in recordings."""

    push_card: Callable[[WishForm, str], Awaitable[None]]
    kept: Callable[[str], Kept | None]
    mark: Callable[[str, str], Awaitable[None]]


def legs_message(legs: Legs | LegsChanged | None) -> Message:
    """Give a call's legs as docs/events.md describes them."""
    if legs is None:
        return {"type": "legs", "call": None, "stage": "talk", "agent": None, "second": None}
    return {
        "type": "legs",
        "call": legs.call,
        "stage": str(legs.stage),
        "agent": legs.agent,
        "second": legs.second or None,
    }
