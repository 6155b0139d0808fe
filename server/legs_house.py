"""Between a call's legs and the house: what steering needs of it, and what desks are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ivr.ports.calls import Kept
from ivr.ports.floor import Outside, WishForm
from queues.legs import Legs
from server.facts import LegsChanged
from web.ports import Message


@dataclass(frozen=True, slots=True)
class Around:
    """What steering needs of the house: the card for a colleague, the snapshot of a call, marks in recordings.

    `outside`: how to ring an endpoint that is a colleague's number outside, None for every other.
    """

    push_card: Callable[[WishForm, str], Awaitable[None]]
    kept: Callable[[str], Kept | None]
    mark: Callable[[str, str], Awaitable[None]]
    outside: Callable[[str], Outside | None]

    def way(self, endpoint: str) -> tuple[str, str]:
        """Give what is dialled for a colleague, and the options of Dial that it takes more."""
        outside = self.outside(endpoint)
        return (endpoint, "") if outside is None else (outside.endpoint, outside.options)


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
