"""No path reads or changes anything of a person below the level it takes, whatever is pressed.

Every service in its frame, from nobody proven, with a caller who presses anything: what is personal refuses to
answer before the proof, and refuses everybody but the person who was proven.
"""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from dialplans.walks import Walk
from ivr import facts
from ivr.services import Course, catalogue
from tests.ivr.box import KNOWS
from tests.ivr.rooms import PERSON, Rooms, rooms
from tests.ivr.services.scenarios import SCENARIOS
from tests.ivr.window import CODE, DNI, NOBODY, RIGHT, WRONG, Ended, visit

NEEDS = {
    "address": 1, "contact": 1, "change_address": 2,
    "benefits": 1, "certificate": 1, "account_last4": 1, "change_account": 2,
    "health_card": 1, "request_health_card": 1,
    "cases": 1, "complain": 0, "survey": 0,
    "offices": 0, "free": 0, "book": 1, "held": 1, "move": 1, "cancel": 1,
    "competent": 0, "form": 0, "newest": 0,
}  # fmt: skip
"""The least level at which each question of a corporate system may be asked."""

ANYTHING = (
    *"0123456789*#",
    "",
    KNOWS,
    CODE,
    "28013",
    "12",
    "612345678",
    "9121000418450200051332",
    *DNI,
    *NOBODY,
)


class Strict:
    """A system that answers about nobody but the proven, and nothing below the level it takes."""

    def __init__(self, system: Any, around: "Watch") -> None:  # noqa: ANN401 - whatever its questions are
        self._system, self._around = system, around

    def __getattr__(self, question: str) -> Any:  # noqa: ANN401
        answer, around = getattr(self._system, question), self._around

        async def asked(*words: Any, **more: Any) -> Any:  # noqa: ANN401
            around.allow(question, words[0] if words else None)
            return await answer(*words, **more)

        return asked


class Watch:
    """Notes what is proven, by the facts alone, and breaks the test when more is asked."""

    def __init__(self, around: Rooms) -> None:
        self._around, self.asked = around, list[tuple[str, int]]()

    def allow(self, question: str, person: object) -> None:
        proven = [fact for fact in self._around.facts if isinstance(fact, facts.IdentityProven)]
        level = max((fact.level for fact in proven), default=0)
        assert question in NEEDS, f"{question} is new: say in NEEDS from which level on it may be asked"
        assert level >= NEEDS[question], f"{question} at level {level}"
        if NEEDS[question]:
            assert person in {fact.person for fact in proven}, f"{question} of somebody else"
        self.asked.append((question, level))


def watched(around: Rooms) -> Watch:
    watch, corporate = Watch(around), around.house.corporate
    systems: dict[str, Any] = {name: Strict(getattr(corporate, name), watch) for name in corporate.__slots__}
    around.house = replace(around.house, corporate=replace(corporate, **systems))
    return watch


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[tuple[Rooms, Watch]]:
    async with rooms(tmp_path) as around:
        yield around, watched(around)


def presses(chance: random.Random) -> list[str]:
    """Keys of somebody who sometimes knows who they are, and otherwise presses anything."""
    start = [*DNI, *RIGHT] if chance.random() < 0.5 else []
    code = [CODE] if start and chance.random() < 0.5 else []
    return [*start, *code, *(chance.choice(ANYTHING) for _ in range(chance.randrange(14)))]


async def come(around: Rooms, service: str, chance: random.Random, number: int) -> Ended:
    around.facts.clear()
    around.letters.left.clear()
    around.now += 31 * 86400.0  # nobody is locked out, and every question may be put
    return await visit(around, *presses(chance), service=service, call=f"ventanilla-1763791200.{number}")


@pytest.mark.parametrize("service", sorted(catalogue()))
async def test_whatever_is_pressed_nothing_is_read_or_changed_below_its_level(
    strict: tuple[Rooms, Watch], service: str
) -> None:
    around, watch = strict
    chance = random.Random(service)  # noqa: S311 - the same keys in every run
    around.house = replace(around.house, chance=chance.sample)
    for number in range(40):
        ended = await come(around, service, chance, number)
        if ended.outcome is not None:
            assert (ended.outcome.level or 0) <= 2
            assert (ended.outcome.person is None) == (not ended.outcome.level)
    needed = around.house.institution().level_of(service)
    assert all(level >= min(needed, NEEDS[question] and 1) for question, level in watch.asked)


@pytest.mark.parametrize("service", sorted({one.service for one in SCENARIOS}))
async def test_who_knows_every_key_of_a_service_gets_nothing_beyond_what_is_proven(
    strict: tuple[Rooms, Watch], service: str
) -> None:
    """The keys that lead to each outcome at level 2, pressed by nobody, and by somebody without the code."""
    around, _ = strict
    needed = around.house.institution().level_of(service)
    presses = sorted({one.presses for one in SCENARIOS if one.service == service})
    for number, keys in enumerate(product([(), (*DNI, *WRONG), (*DNI, *RIGHT)] if needed else [()], presses)):
        proof, then = keys
        around.facts.clear()
        around.now += 31 * 86400.0
        ended = await visit(around, *proof, *then, service=service, call=f"ventanilla-1763791200.{number}")
        assert ended.visit.level == (1 if proof[-3:] == RIGHT else 0)


@pytest.mark.parametrize("service", ["case_state", "benefit", "address"])
async def test_the_watch_does_see_what_is_asked_of_the_proven(
    strict: tuple[Rooms, Watch], service: str
) -> None:
    around, watch = strict
    await visit(around, *DNI, *RIGHT, "2", service=service)
    assert watch.asked
    assert {level for _, level in watch.asked} == {1}


async def test_the_watch_breaks_a_service_that_reads_of_somebody_unproven(
    strict: tuple[Rooms, Watch],
) -> None:
    around, _ = strict
    institution = around.house.institution()
    talk = (await visit(around, service="forms")).visit.talk
    unproven = around.house.visit(
        "c", "benefit", Walk("901166565", "general/main", "es"), None, talk, institution
    )
    with pytest.raises(LookupError):
        await catalogue()["benefit"].serve(unproven)
    pretended = replace(unproven, course=Course(1, PERSON))
    with pytest.raises(AssertionError, match="at level 0"):
        await catalogue()["benefit"].serve(pretended)
