"""Subsidies and the European Health Insurance Card in our own database."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters.once import Answer, Once
from corporate.adapters.paying import in_payment, today
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import health_cards, insert_once
from corporate.answers import Declined, Receipt
from corporate.benefits import Benefit
from corporate.subsidies import CardState, HealthCard


class Reference:
    """Short-term benefits and health cards."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._once = Once(around)

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the subsidies in payment, the highest first."""
        return await in_payment(self._around, "subsidies", person)

    async def health_card(self, person: str) -> HealthCard:
        """Give the state of the person's card."""
        query = select(health_cards).where(health_cards.c.person == person)
        async with self._around.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return HealthCard("none")
        state = _state(row.expires, row.requested, sent=row.sent, today=today(self._around))
        return HealthCard(state, row.expires, row.requested)

    async def request_health_card(self, person: str, key: str, *, renewal: bool) -> Receipt:
        """Ask for a card."""

        async def change(connection: AsyncConnection) -> Answer:
            fresh = {"person": person, "expires": None, "requested": None, "sent": False}
            await insert_once(connection, health_cards, fresh)
            asked = (
                update(health_cards)
                .where(health_cards.c.person == person, health_cards.c.requested.is_(None))
                .values(requested=today(self._around), sent=False)
            )
            if (await connection.execute(asked)).rowcount != 1:
                raise Declined("taken")
            return {}

        return await self._once.order(key, "TS", ("health_card", person, {"renewal": renewal}), change)


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)


def _state(expires: dt.date | None, requested: dt.date | None, *, sent: bool, today: dt.date) -> CardState:
    if requested:
        return "sent" if sent else "requested"
    if expires is None:
        return "none"
    return "valid" if expires >= today else "expired"
