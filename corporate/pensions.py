"""Pensions: what is paid, what certificates there are, and the account it is paid to.

Everything here raises CorporateDown. Persons are the register's ids.
"""

from typing import Literal, Protocol

from corporate.answers import Receipt
from corporate.benefits import Benefit

Certificate = Literal["benefits", "revaluation", "withholding"]
"""All benefits a person has (or that there are none); this year's revaluation; last year's income tax."""

Delivery = Literal["post", "email", "office"]
"""To the address on file, the e-mail on file, or the person's folder at the electronic office."""


class Pensions(Protocol):
    """The pensions system."""

    async def benefits(self, person: str) -> tuple[Benefit, ...]:
        """Give the pensions in payment, the highest first; empty when there are none."""
        ...

    async def certificate(self, person: str, kind: Certificate, delivery: Delivery, key: str) -> Receipt:
        """Order a certificate. It exists for people without benefits too. Raises Declined."""
        ...

    async def account_last4(self, person: str) -> str | None:
        """Give the last four digits of the account that benefits are paid to; None when there is none."""
        ...

    async def change_account(self, person: str, iban: str, key: str) -> Receipt:
        """Take a change of account; `iban` compact and checked. Raises Declined("nothing_there") without benefits."""
        ...
