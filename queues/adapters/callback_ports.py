"""What the promises to call back ask of others: when people answer, and the telephones that are rung."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from queues.callbacks import Callback
from queues.ports import Reservation
from queues.reconcile import Channel

Stays = Callable[[Channel, bool], bool]
"""Whether an agent's own leg has a reason to be there; the flag says whether its citizen is in Asterisk."""


class Placing(Protocol):
    """How an attempt is placed. Limits its own time; never raises."""

    async def place(self, callback: Callback, reservation: Reservation) -> bool:
        """Begin to ring; False when that is not possible now."""

    async def alive(self) -> frozenset[str] | None:
        """Give the calls that Asterisk has; None when it cannot be asked now."""


class Summoning(Protocol):
    """How an agent is rung before the citizen. Limits its own time; never raises."""

    async def summon(self, callback: Callback, reservation: Reservation) -> bool:
        """Begin to ring the agent's telephone, by the id `callback.leg`; False when that is not possible now."""

    async def waiting(self) -> frozenset[str]:
        """Give the agents' legs that wait; none when Asterisk cannot be asked now."""

    async def let_go(self, leg: str) -> None:
        """End an agent's leg; one that is not there is no fault."""

    async def tidy(self, stays: Stays) -> bool:
        """Let legs go that nobody let go; `stays` is asked after Asterisk. True: no leg is there any more."""

    async def ended(self, call: str) -> None:
        """End the agent's leg, if there is one, of a call whose citizen has gone."""


class CitizenFirst:
    """Rings no agent before the citizen."""

    async def summon(self, callback: Callback, reservation: Reservation) -> bool:
        """Ring nobody."""
        del callback, reservation
        return False

    async def waiting(self) -> frozenset[str]:
        """Know of none."""
        return frozenset()

    async def let_go(self, leg: str) -> None:
        """Know of none."""

    async def tidy(self, stays: Stays) -> bool:
        """Know of none."""
        del stays
        return True

    async def ended(self, call: str) -> None:
        """Know of none."""


def straight(subject: str, at: float, open_s: float) -> float:
    """Give when so many open seconds are over where people always answer."""
    del subject
    return at + open_s


@dataclass(frozen=True, slots=True)
class Answering:
    """When people answer, by subject: `open_now` at this moment; `open_ends` when they have for so many seconds.

    `open_ends` takes the subject, a moment (unix seconds) and how long they shall have answered since.
    """

    open_now: Callable[[str], bool]
    open_ends: Callable[[str, float, float], float] = straight
