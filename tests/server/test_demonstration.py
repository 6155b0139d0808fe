"""The made-up people are the same in the register and in the corporate systems: what they are asked is what is true."""

import pytest

from corporate.demonstration import CASES, PAYMENTS, RESIDENTS
from crm_bridge.demonstration import INHABITANTS, Inhabitant


@pytest.mark.parametrize("one", INHABITANTS, ids=lambda one: one.citizen.id)
def test_what_the_register_asks_of_a_person_is_what_the_systems_pay_them(one: Inhabitant) -> None:
    paid = [payment for payment in PAYMENTS if payment.person == one.citizen.id]
    gross = sum(payment.monthly + payment.complement for payment in paid)
    withheld = sum(payment.withholding for payment in paid)
    first = min(payment.since for payment in paid)
    (resident,) = (resident for resident in RESIDENTS if resident.person == one.citizen.id)
    assert one.answers["account_last4"] == resident.iban[-4:]
    assert one.answers["last_payment_euros"] == str((gross - withheld) // 100)
    assert one.answers["withholding_percent"] == str(round(100 * withheld / gross))
    assert one.answers["first_benefit_month"] == f"{first:%m%Y}"


def test_the_cases_are_the_same_in_both() -> None:
    known = {
        (case.reference, one.citizen.id, case.subject, case.state, case.since, case.next_step)
        for one in INHABITANTS
        for case in one.cases
    }
    assert known == set(CASES)
