"""Affiliation: who is registered, where they live and how they are reached.

Everything here raises CorporateDown. Persons are the register's ids.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from corporate.answers import Receipt

# The first two digits are the province, 01 Álava to 52 Melilla (Correos).
_POSTCODE = re.compile(r"(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where letters go. `house` is the number with floor and door ("12, 3º B"); `postcode` five digits."""

    street: str
    house: str
    postcode: str
    town: str


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address as a caller can give it.

    By keypad there are only digits: `postcode`, `house` number, `floor` and `door` ("" when there is none).
    `street` is what a person typed, or "" when it was spoken: then `spoken_in` is the call whose recording has it.
    """

    postcode: str
    house: str
    floor: str = ""
    door: str = ""
    street: str = ""
    spoken_in: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How a person is reached: `mobile` E.164, `email`, their preferred `language`.

    `changed_at` (unix seconds) is the last change of mobile or e-mail: a change that moves money is not
    believed so soon after one. `before` is the mobile before that change, to which warnings still go.
    """

    mobile: str | None
    email: str | None
    language: str
    changed_at: float
    before: str | None = None


class Affiliation(Protocol):
    """The affiliation system (TGSS's, in the model case)."""

    async def address(self, person: str) -> Address | None:
        """Give the address on file."""
        ...

    async def contact(self, person: str) -> Contact | None:
        """Give how the person is reached; None when nothing is registered."""
        ...

    async def change_address(self, person: str, to: NewAddress, key: str) -> Receipt:
        """Take a change of address. Raises Declined."""
        ...


def is_postcode(typed: str) -> bool:
    """Say whether this could be a Spanish postal code: five digits whose first two are a province."""
    return bool(_POSTCODE.fullmatch(typed))
