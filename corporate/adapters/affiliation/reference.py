"""Affiliation in our own database."""

from dataclasses import asdict

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from corporate.adapters.once import Answer, Once
from corporate.adapters.surroundings import Surroundings
from corporate.adapters.tables import addresses, contacts
from corporate.affiliation import Address, Contact, NewAddress
from corporate.answers import Declined, Receipt


class Reference:
    """The register of addresses and contacts."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._once = Once(around)

    async def address(self, person: str) -> Address | None:
        """Give the address on file."""
        query = select(addresses).where(addresses.c.person == person)
        async with self._around.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Address(row.street, row.house, row.postcode, row.town) if row else None

    async def contact(self, person: str) -> Contact | None:
        """Give how the person is reached."""
        query = select(contacts).where(contacts.c.person == person)
        async with self._around.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Contact(row.mobile, row.email, row.language, row.changed_at, row.before) if row else None

    async def change_address(self, person: str, to: NewAddress, key: str) -> Receipt:
        """Take a change of address: at once when the street is known, else when somebody has heard it."""

        async def change(connection: AsyncConnection) -> Answer:
            known = select(addresses.c.street, addresses.c.postcode).where(addresses.c.person == person)
            row = (await connection.execute(known)).one_or_none()
            if row is None:
                raise Declined("unknown_person")
            if to.street:
                house = ", ".join(filter(None, (to.house, " ".join(filter(None, (to.floor, to.door))))))
                new = {"street": to.street, "house": house, "postcode": to.postcode}
                await connection.execute(update(addresses).where(addresses.c.person == person).values(**new))
            return {}

        return await self._once.order(key, "DO", ("change_address", person, asdict(to)), change)


def open_system(around: Surroundings) -> Reference:
    """Open the reference implementation."""
    return Reference(around)
