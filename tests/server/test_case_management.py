"""The cases on a card come from the CRM that can tell them, else from case management."""

from collections.abc import Mapping
from datetime import date

import pytest

from corporate.answers import CorporateDown, Receipt
from corporate.cases import Case
from crm_bridge.abilities import Abilities
from crm_bridge.citizens import Case as CardCase
from crm_bridge.demonstration import MARIA
from crm_bridge.ports import CrmDown
from server.case_management import with_cases
from tests.crm_bridge.crms import MemoryCrm

GRANTED = Case("2026-1", "pension", "granted", date(2026, 10, 14), "payment")


class CaseManagement:
    """Case management with one case of everybody's, or away."""

    def __init__(self) -> None:
        self.away = False

    async def cases(self, person: str) -> tuple[Case, ...]:
        if self.away:
            raise CorporateDown("cases")
        return (GRANTED,) if person else ()

    async def complain(self, person: str | None, caller: str | None, subject: str, key: str) -> Receipt:
        raise NotImplementedError

    async def survey(self, call: str, answers: Mapping[str, int], key: str) -> None:
        raise NotImplementedError


class WithoutCases(MemoryCrm):
    """A CRM that keeps none."""

    abilities = Abilities(cases=False)


async def test_a_crm_that_tells_cases_is_left_as_it_is() -> None:
    crm = MemoryCrm()
    assert with_cases(crm, CaseManagement) is crm


async def test_a_crm_without_cases_has_those_of_case_management_and_is_itself_in_all_else() -> None:
    crm = with_cases(WithoutCases(), CaseManagement)
    assert await crm.cases(MARIA.citizen.id) == (
        CardCase("2026-1", "pension", "granted", date(2026, 10, 14), "payment"),
    )
    assert crm.name == "memory"
    assert await crm.citizen(MARIA.citizen.id) == MARIA.citizen


async def test_case_management_that_is_away_is_a_crm_that_does_not_answer() -> None:
    there = CaseManagement()
    crm = with_cases(WithoutCases(), lambda: there)
    there.away = True
    with pytest.raises(CrmDown, match="case management") as down:
        await crm.cases(MARIA.citizen.id)
    assert MARIA.citizen.id not in str(down.value)
