"""Pensions in our own database."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters.once import Answer, Once
from corporate.adapters.paying import in_payment
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import accounts
from corporate.answers import Declined, Receipt
from corporate.benefits import Benefit
from corporate.pensions import Certificate, Delivery


class Reference:
    """Pensions in payment, certificates, accounts."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._once = Once(around)

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the pensions in payment, the highest first."""
        return await in_payment(self._around, "pensions", person)

    async def certificate(self, person: str, kind: Certificate, delivery: Delivery, key: str) -> Receipt:
        """Order a certificate."""
        details: Answer = {"certificate": kind, "delivery": delivery}
        return await self._once.order(key, "CE", ("certificate", person, details))

    async def account_last4(self, person: str) -> str | None:
        """Give the last four digits of the account."""
        query = select(accounts.c.iban).where(accounts.c.person == person)
        async with self._around.engine.connect() as connection:
            iban = (await connection.execute(query)).scalar_one_or_none()
        return str(iban)[-4:] if iban else None

    async def change_account(self, person: str, iban: str, key: str) -> Receipt:
        """Take a change of account: the next payment goes there."""

        async def change(connection: AsyncConnection) -> Answer:
            done = await connection.execute(
                update(accounts).where(accounts.c.person == person).values(iban=iban)
            )
            if done.rowcount != 1:
                raise Declined("nothing_there")
            return {}

        return await self._once.order(key, "CB", ("change_account", person, {"iban": iban}), change)


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)
