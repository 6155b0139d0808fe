"""Back-office work: who is offered what, and that a request is one agent's, on either database."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.access import Role, Viewer
from crm_bridge.adapters.claims import Claims
from crm_bridge.adapters.unsealing import STANDS_S, Unsealings
from crm_bridge.requests import Request, State
from crm_bridge.work import WORK_LEASE_S, Hand, offered
from tests.crm_bridge.conftest import NOON, Clock

FIRST = Hand(Viewer("ana", Role.AGENT), 1, {})
SPECIALIST = Hand(Viewer("marta", Role.SPECIALIST, named=True), 2, {"pension": 5, "protected": 5})


def late(name: str, by: float = 100.0) -> Request:
    return Request(name, "demo-maria", "pension", NOON - 9_000, NOON - 9_000, NOON - by)


def names(hand: Hand, *due: Request, taken: frozenset[str] = frozenset()) -> list[str]:
    return [one.reference for one in offered(hand, due, taken)]


def test_ones_own_come_first_then_the_urgent_then_the_longest_overdue() -> None:
    own, urgent = replace(late("own", 1), assignee="ana"), replace(late("urgent", 2), priority=8)
    assert names(FIRST, late("late", 50), late("later", 90), urgent, own) == [
        "own",
        "urgent",
        "later",
        "late",
    ]


def test_a_colleagues_is_nobody_elses_and_what_is_taken_is_gone() -> None:
    theirs = replace(late("theirs"), assignee="jordi")
    assert names(FIRST, theirs, late("a"), late("b"), taken=frozenset({"a"})) == ["b"]


def test_the_second_levels_is_for_specialists_of_its_subject() -> None:
    second = replace(late("second"), level=2)
    other = replace(second, reference="other", subject="imv")
    assert names(FIRST, second, other) == []
    assert names(SPECIALIST, second, other, late("plain")) == ["plain", "second"]


@pytest.mark.parametrize("state", [State.WAITING_CITIZEN, State.RESOLVED, State.CLOSED])
def test_what_is_not_ours_to_do_is_no_work(state: State) -> None:
    assert names(FIRST, replace(late("a"), state=state)) == []


def test_protected_persons_requests_are_for_named_staff_and_a_provider_has_no_work() -> None:
    hidden = replace(late("hidden"), subject="protected")
    assert (names(FIRST, hidden), names(SPECIALIST, hidden)) == ([], ["hidden"])
    provider = Hand(Viewer("eva", Role.PROVIDER), 1, {})
    assert names(provider, late("a")) == []


async def test_of_many_who_take_a_request_at_once_one_has_it(engine: AsyncEngine) -> None:
    claims = Claims(engine)
    agents = [f"agent{number}" for number in range(20)]
    took = await asyncio.gather(*(claims.take("r1", agent, NOON) for agent in agents))
    assert sum(took) == 1
    (owner,) = [agent for agent, had in zip(agents, took, strict=True) if had]
    claim = await claims.of(owner, NOON)
    assert claim is not None
    assert (claim.request, claim.until) == ("r1", NOON + WORK_LEASE_S)
    assert await claims.taken(NOON) == {"r1"}


async def test_an_agent_has_one_request_at_a_time_and_may_give_it_back(engine: AsyncEngine) -> None:
    claims = Claims(engine)
    assert await claims.take("r1", "ana", NOON)
    assert not await claims.take("r2", "ana", NOON)
    await claims.leave("ana")
    assert await claims.take("r2", "ana", NOON)
    assert await claims.take("r1", "jordi", NOON)


async def test_what_was_left_lying_goes_to_a_colleague_after_the_lease(engine: AsyncEngine) -> None:
    claims = Claims(engine)
    await claims.take("r1", "ana", NOON)
    assert not await claims.take("r1", "jordi", NOON + WORK_LEASE_S - 1)
    later = NOON + WORK_LEASE_S + 1
    assert await claims.of("ana", later) is None
    assert await claims.take("r1", "jordi", later)


async def test_two_second_persons_at_once_decide_one_question_once(engine: AsyncEngine) -> None:
    said: list[object] = []
    unsealings = Unsealings(engine, said.append, Clock())
    one = await unsealings.ask("c1", "marta", "Cita del juzgado")
    assert await unsealings.ask("c1", "marta", "otra vez") == one
    decided = await asyncio.gather(
        *(
            unsealings.decide(one.id, second, granted=granted)
            for second, granted in (("a", True), ("b", False))
        )
    )
    assert sorted(decided) == [False, True]
    assert len(said) == 2
    assert await unsealings.stands("c1", "marta") == decided[0]


async def test_a_question_that_nobody_answered_in_time_is_no_question_any_more(engine: AsyncEngine) -> None:
    clock = Clock()
    unsealings = Unsealings(engine, lambda _: None, clock)
    one = await unsealings.ask("c1", "marta", "Cita del juzgado")
    clock.now += STANDS_S + 1
    assert await unsealings.waiting() == ()
    assert not await unsealings.decide(one.id, "pilar", granted=True)
    assert not await unsealings.stands("c1", "marta")
