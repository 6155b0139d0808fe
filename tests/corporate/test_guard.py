"""A slow, broken or lying back-office, seen from the conversation: down in time, with the system named."""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from corporate import CorporateDown, Declined, doubt
from corporate.appointments import Slot
from corporate.benefits import Benefit
from corporate.breaker import FAILURES_TO_OPEN, OPEN_FOR_S, Breaker
from corporate.facts import SystemBack, SystemLost
from corporate.guard import Guard, Limits
from corporate.subsidies import HealthCard
from tests.corporate.conftest import NOON, Clock

QUICK = Limits(question_s=0.05, write_s=0.05, pause_s=0.0)
PAID = Benefit("retirement", 84_210, 0, 5_895, 270, dt.date(2026, 11, 25), dt.date(2019, 3, 1))


@dataclass
class System:
    """A system that answers what it is told to, after as long as it is told to."""

    answers: list[object] = field(default_factory=list)
    hangs: bool = False
    asked: int = 0

    async def __call__(self) -> object:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Post:
    """A guard before a system, and what it published."""

    system: System
    clock: Clock = field(default_factory=Clock)
    facts: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guard = Guard("pensions", self.facts.append, self.clock, QUICK)

    async def ask(self) -> object:
        return await self.guard.ask("benefits", self.system, doubt.many(doubt.benefit))


async def test_a_true_answer_passes_untouched() -> None:
    assert await Post(System([(PAID,)])).ask() == (PAID,)


async def test_a_system_that_hangs_is_down_and_is_asked_no_more_than_twice() -> None:
    post = Post(System(hangs=True))
    with pytest.raises(CorporateDown) as down:
        await post.ask()
    assert down.value.system == "pensions"
    assert post.system.asked == 2


async def test_a_question_that_failed_once_is_asked_again() -> None:
    post = Post(System([ConnectionError("gone"), (PAID,)]))
    assert await post.ask() == (PAID,)
    assert post.facts == []


async def test_a_systems_no_is_its_answer_and_no_failure() -> None:
    post = Post(System([Declined("not_allowed")]))
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(Declined):
            await post.ask()
    assert post.system.asked == FAILURES_TO_OPEN + 1
    assert post.facts == []


async def test_after_failures_in_a_row_nobody_asks_until_one_trial_succeeds() -> None:
    post = Post(System([ConnectionError("gone")]))
    for _ in range(5):
        with pytest.raises(CorporateDown):
            await post.ask()
    assert post.system.asked == FAILURES_TO_OPEN
    post.clock.now += OPEN_FOR_S
    post.system.answers = [(PAID,)]
    assert await post.ask() == (PAID,)
    assert [type(fact) for fact in post.facts] == [SystemLost, SystemBack]


async def test_while_the_trial_is_under_way_everybody_else_is_told_at_once() -> None:
    post = Post(System([ConnectionError("gone")]))
    for _ in range(2):
        with pytest.raises(CorporateDown):
            await post.ask()
    post.clock.now += OPEN_FOR_S
    post.system.hangs = True
    asked = post.system.asked
    await asyncio.gather(*(post.ask() for _ in range(50)), return_exceptions=True)
    assert post.system.asked == asked + 1


async def test_a_caller_who_hangs_up_during_the_trial_does_not_leave_the_system_out_for_ever() -> None:
    post = Post(System([ConnectionError("gone")]))
    for _ in range(2):
        with pytest.raises(CorporateDown):
            await post.ask()
    post.clock.now += OPEN_FOR_S
    post.system.hangs = True
    trial = asyncio.create_task(post.ask())
    await asyncio.sleep(0)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    post.system.hangs, post.system.answers = False, [(PAID,)]
    assert await post.ask() == (PAID,)


LIES: tuple[tuple[str, object], ...] = (
    ("rows", [PAID]),
    ("rows", (PAID,) * 100_000),
    ("benefit", ({"kind": "retirement"},)),
    ("kind", (replace(PAID, kind="lottery"),)),
    ("monthly_cents", (replace(PAID, monthly_cents=-1),)),
    ("monthly_cents", (replace(PAID, monthly_cents=True),)),
    ("monthly_cents", (replace(PAID, monthly_cents=10**12),)),
    ("monthly_cents", (replace(PAID, monthly_cents=842.10),)),  # type: ignore[arg-type]
    ("withholding_cents", (replace(PAID, withholding_cents=90_000),)),
    ("next_payment", (replace(PAID, next_payment=dt.date(1800, 1, 1)),)),
    ("next_payment", (replace(PAID, next_payment=dt.datetime(2026, 11, 25, tzinfo=dt.UTC)),)),
    ("since", (replace(PAID, since=dt.date(1800, 1, 1)),)),
    ("shape", (replace(PAID, kind=[]),)),  # type: ignore[arg-type]
)  # fmt: skip


@pytest.mark.parametrize(("wrong", "answer"), LIES)
async def test_a_lie_is_down_and_the_log_names_system_and_field_and_never_the_value(
    wrong: str, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "ventanilla"), pytest.raises(CorporateDown) as down:
        await Post(System([answer])).ask()
    said = caplog.text
    assert f"pensions answered benefits with a {wrong} that cannot be true" in said
    assert not {"84210", "lottery", "1800", "842.1"} & set(said.replace("'", " ").split())
    assert "lottery" not in said + repr(down.value)


@pytest.mark.parametrize(
    ("check", "lie"),
    [
        (doubt.health_card, HealthCard("valid")),
        (doubt.health_card, HealthCard("requested", dt.date(2027, 1, 1))),
        (doubt.health_card, HealthCard("valid", dt.date(9999, 1, 1))),
        (doubt.health_card, HealthCard("valid", dt.date(2020, 1, 1))),
        (doubt.health_card, HealthCard("expired", dt.date(2027, 1, 1))),
        (doubt.slots_of("a"), (Slot("1", "b", NOON + 1),)),
        (doubt.slots_of("a"), (Slot("1", "a", NOON + 2), Slot("2", "a", NOON + 1))),
        (doubt.slots_of("a"), (Slot("1", "a", NOON - 10 * 86400),)),
        (doubt.slots_of("a"), (Slot("1", "a", float("inf")),)),
        (doubt.last4, "48211"),
        (doubt.last4, "٤٨٢١"),
        (doubt.key, "../../etc/passwd"),
        (doubt.nothing, "done"),
        (doubt.receipt, None),
        (doubt.receipt, "TS26000123"),
    ],
)
def test_every_other_answer_is_doubted_too(check: Callable[[object, float], Any], lie: object) -> None:
    with pytest.raises(doubt.Untrue):
        check(lie, NOON)


async def test_a_fault_is_logged_by_kind_and_place_and_not_in_its_own_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(CorporateDown):
        await Post(System([RuntimeError("12345678Z has no pension")])).ask()
    assert "RuntimeError in __call__" in caplog.text
    assert "12345678Z" not in caplog.text


async def test_a_system_that_is_no_system_is_down_too() -> None:
    def broken() -> Awaitable[object]:
        return 5  # type: ignore[return-value]

    with pytest.raises(CorporateDown):
        await Post(System([()])).guard.ask("benefits", broken, doubt.many(doubt.benefit))


def test_a_breaker_opens_at_the_third_failure_in_a_row_and_not_before() -> None:
    breaker = Breaker().failed(0.0).failed(0.0).succeeded().failed(0.0).failed(0.0)
    assert breaker.allows(0.0)
    assert not breaker.failed(0.0).allows(OPEN_FOR_S - 0.1)
    assert breaker.failed(0.0).allows(OPEN_FOR_S)
