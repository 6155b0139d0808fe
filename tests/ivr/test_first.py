"""Who goes first whatever they call about: proven persons, by the pensions they are paid; and nobody else."""

import asyncio
from dataclasses import replace

import pytest

from corporate import CorporateDown
from corporate.benefits import Benefit
from ivr import first
from ivr.ports.floor import Passing
from tests.ivr.box import SILENCE, Box
from tests.ivr.rooms import FACTS, PERSON, Rooms
from tests.ivr.test_case_state import TO_SERVICE
from tests.ivr.test_conversation import hold
from tests.ivr.window import DNI, RIGHT

RETIRED, WIDOWED, DISABLED = PERSON, "demo-carmen", "demo-vicent"


@pytest.mark.parametrize(
    ("person", "priority"), [(RETIRED, 3), (DISABLED, 3), (WIDOWED, 0), ("demo-nobody", 0), (None, 0)]
)
async def test_a_pension_that_the_institution_names_lets_its_person_go_first(
    around: Rooms, person: str | None, priority: int
) -> None:
    assert await first.priority(around.house.corporate, around.house.institution(), person) == priority


@pytest.mark.parametrize("trouble", ["down", "slow"])
async def test_who_cannot_be_looked_up_in_time_has_the_usual_turn(
    around: Rooms, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    async def benefits(_: str) -> tuple[Benefit, ...]:
        if trouble == "slow":
            await asyncio.Event().wait()
        raise CorporateDown("pensions")

    monkeypatch.setattr(first, "LOOKED_UP_S", 0.01)
    monkeypatch.setattr(around.house.corporate.pensions, "benefits", benefits)
    assert await first.priority(around.house.corporate, around.house.institution(), RETIRED) == 0


async def test_nobody_is_looked_up_where_no_benefit_lets_anybody_go_first(
    around: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = around.house.institution()
    none = here.waiting.model_copy(update={"first": here.waiting.first.model_copy(update={"benefits": {}})})

    async def benefits(_: str) -> tuple[Benefit, ...]:
        raise AssertionError("somebody's benefits were looked at")

    monkeypatch.setattr(around.house.corporate.pensions, "benefits", benefits)
    assert await first.priority(around.house.corporate, replace(here, waiting=none), RETIRED) == 0


async def test_who_goes_first_keeps_it_when_an_agent_passes_them_on(around: Rooms) -> None:
    around.desks.free += ["ana", "marta"]
    box = Box(presses=[*TO_SERVICE, *DNI, *RIGHT, "0", SILENCE], dials=["ANSWER", "ANSWER"], knows=FACTS)
    passings = iter([Passing(2, "pension")])

    def talk() -> None:
        for passing in passings:
            around.marks.marks[box.call] = passing

    box.during = talk
    await hold(around, box)
    assert [(wish.level, wish.priority) for wish in around.desks.waits] == [(1, 3), (2, 3)]


async def test_a_number_proves_nobody_and_lets_nobody_go_first(around: Rooms) -> None:
    around.desks.free.append("ana")
    await hold(around, Box(presses=["1", "0"], dials=["ANSWER"]))
    assert [wish.priority for wish in around.desks.waits] == [0]
