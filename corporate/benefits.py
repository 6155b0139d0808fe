"""A benefit in payment, as pensions and subsidies both tell it."""

import datetime as dt
from dataclasses import dataclass

KINDS = frozenset({
    "retirement", "disability", "widowhood", "orphanhood", "family", "sovi",  # pensions
    "temporary_disability", "birth_and_care", "risk_in_pregnancy", "minimum_income", "dependent_child",  # subsidies
})  # fmt: skip
"""Every kind of benefit there is a name for; a system that answers another is refused at the door."""


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit in payment. Money in euro cents a month, percentages in hundredths (2.7 % is 270).

    `monthly_cents` is the whole amount before `withholding_cents` (income tax) is taken off and without the
    `complement_cents` (supplement to the minimum, gender gap …). `payments` in a year: 14 or 12.
    `concurrent`: the person has another benefit beside it and the legal ceiling is applied to both.
    """

    kind: str
    monthly_cents: int
    complement_cents: int
    withholding_cents: int
    revaluation_hundredths: int
    next_payment: dt.date
    since: dt.date
    payments: int = 14
    concurrent: bool = False

    @property
    def paid_cents(self) -> int:
        """What arrives on the account in a month."""
        return self.monthly_cents + self.complement_cents - self.withholding_cents
