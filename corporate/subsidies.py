"""Subsidies, the minimum income, and the European Health Insurance Card.

Everything here raises CorporateDown. Persons are the register's ids.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from corporate.answers import Receipt
from corporate.benefits import Benefit

CardState = Literal["none", "valid", "expired", "requested", "sent"]


@dataclass(frozen=True, slots=True)
class HealthCard:
    """A person's European Health Insurance Card.

    `expires` is the last day of the card they hold; `requested` the day of a request that is under way.
    """

    state: CardState
    expires: dt.date | None = None
    requested: dt.date | None = None


class Subsidies(Protocol):
    """The system of short-term benefits."""

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the subsidies in payment, the highest first; empty when there are none."""
        ...

    async def health_card(self, person: str) -> HealthCard:
        """Give the state of the person's card."""
        ...

    async def request_health_card(self, person: str, key: str, *, renewal: bool) -> Receipt:
        """Ask for a card to be sent to the address on file. Raises Declined("taken") while one is under way."""
        ...
