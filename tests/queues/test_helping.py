"""A second agent on a call: what happens to the colleague never ends the caller's conversation."""

import asyncio

import pytest

from queues import facts as fact
from queues.adapters.ears import Ears
from queues.adapters.floor import Floor
from queues.agents import Agent, IllegalHappening, State
from queues.helping import Unfit, helps
from queues.reconcile import Finding, Repair
from queues.wishes import Rules
from tests.queues.fakes import Clock, Form, MemoryStore, PaperAsterisk, call

CALL = call(1)


async def talking(store: MemoryStore | None = None) -> tuple[Floor, list[object]]:
    """Ana has the call, jordi is free."""
    said: list[object] = []
    floor = await Floor(store or MemoryStore(), said.append, Clock()).open()
    floor.asterisk = PaperAsterisk()
    await floor.sign_in("ana")
    waiting = asyncio.create_task(floor.wait(Form(CALL)))
    await waiting
    floor.answered(CALL)
    await floor.sign_in("jordi")
    return floor, said


def states(floor: Floor) -> tuple[State, State]:
    return floor.state("ana").state, floor.state("jordi").state


async def test_a_colleague_is_asked_answers_and_leaves_while_the_call_stays_the_first_ones() -> None:
    floor, said = await talking()
    ears = Ears(floor, said.append, lambda: None)
    floor.ask(CALL, "jordi")
    ears.agent_rings("jordi", CALL)
    ears.agent_answered("jordi", CALL)
    assert states(floor) == (State.TALKING, State.TALKING)
    assert helps(floor.hall, "jordi", CALL)
    ears.agent_hung_up("jordi", CALL)
    assert states(floor) == (State.TALKING, State.WRAP_UP)
    assert floor.hall.places[CALL].agent == "ana"
    await floor.close()


async def test_nobody_who_goes_is_no_news() -> None:
    floor, _ = await talking()
    assert not floor.second_gone("", CALL)
    assert not floor.second_gone("jordi", CALL)
    assert not floor.second_gone("ana", CALL)
    assert states(floor) == (State.TALKING, State.READY)
    await floor.close()


async def test_who_does_not_answer_a_colleague_is_free_again() -> None:
    floor, said = await talking()
    floor.ask(CALL, "jordi")
    Ears(floor, said.append, lambda: None).agent_hung_up("jordi", CALL)
    assert states(floor) == (State.TALKING, State.READY)
    await floor.close()


async def test_a_colleague_takes_the_call_over_and_its_end_is_theirs() -> None:
    floor, said = await talking()
    ears = Ears(floor, said.append, lambda: None)
    floor.ask(CALL, "jordi")
    ears.agent_answered("jordi", CALL)
    assert floor.complete(CALL, "jordi")
    assert states(floor) == (State.WRAP_UP, State.TALKING)
    ears.agent_hung_up("jordi", CALL)
    assert states(floor) == (State.WRAP_UP, State.WRAP_UP)
    assert [type(one) for one in said if isinstance(one, fact.HandedOver | fact.TalkEnded)] == [
        fact.TalkEnded, fact.HandedOver, fact.TalkEnded,
    ]  # fmt: skip
    await floor.close()


async def test_a_caller_handed_on_unanswered_is_back_at_their_place() -> None:
    floor, _ = await talking()
    since = floor.hall.places[CALL].wish.since
    floor.hand(CALL, "jordi")
    assert states(floor) == (State.WRAP_UP, State.RESERVED)
    floor.rang_out(CALL)
    assert floor.state("jordi").reason == "no_answer"
    assert floor.hall.router.waiting[CALL].since == since
    await floor.close()


async def test_nobody_is_asked_who_is_not_free_and_nothing_changes() -> None:
    floor, _ = await talking()
    await floor.pause("jordi", "rest")
    for asking in (floor.ask, floor.hand):
        with pytest.raises(IllegalHappening):
            asking(CALL, "jordi")
    assert states(floor) == (State.TALKING, State.PAUSED)
    assert floor.hall.places[CALL].agent == "ana"
    await floor.close()


async def test_repairs_about_a_colleague_leave_the_conversation_alone() -> None:
    floor, _ = await talking()
    floor.ask(CALL, "jordi")
    floor.repair([Finding(Repair.TALK_FOUND, "jordi", CALL)])
    assert states(floor) == (State.TALKING, State.TALKING)
    floor.repair([Finding(Repair.TALK_LOST, "jordi", CALL)])
    assert states(floor) == (State.TALKING, State.WRAP_UP)
    await floor.close()


async def test_over_a_restart_the_call_stays_with_the_one_who_has_the_caller() -> None:
    store = MemoryStore()
    floor, _ = await talking(store)
    floor.ask(CALL, "jordi")
    floor.second_answered("jordi", CALL)
    await floor.close()
    again = await Floor(store, list[object]().append, Clock()).open()
    assert helps(again.hall, "jordi", CALL)
    assert not helps(again.hall, "ana", CALL)
    await again.close()


async def test_a_waiting_caller_is_moved_and_a_session_that_comes_back_does_not_undo_it() -> None:
    floor = await Floor(MemoryStore(), list[object]().append, Clock()).open()
    waiting = asyncio.create_task(floor.wait(Form(CALL, level=1)))
    await asyncio.sleep(0)
    since = floor.hall.router.waiting[CALL].since
    assert floor.rewish(CALL, "imv", 2, 7)
    assert floor.hall.router.waiting[CALL].since == since, "whoever is moved keeps the age, and so the turn"
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    again = asyncio.create_task(floor.wait(Form(CALL, level=1)))
    await asyncio.sleep(0)
    wish = floor.hall.router.waiting[CALL]
    assert (wish.subject, wish.level, wish.priority) == ("imv", 2, 7)
    assert not floor.rewish(call(2), "imv", 2, 7)
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
    await floor.close()


async def test_nobody_is_handed_a_caller_whom_no_waiting_would_have_given_them() -> None:
    floor = await Floor(MemoryStore(), list[object]().append, Clock()).open()
    floor.asterisk = PaperAsterisk()
    await floor.sign_in("marta")
    await floor.wait(Form(CALL, subject="pension", level=2))
    floor.answered(CALL)
    await floor.sign_in("ana")
    with pytest.raises(Unfit):
        floor.hand(CALL, "ana")
    assert (floor.state("marta").state, floor.state("ana").state) == (State.TALKING, State.READY)
    assert floor.hall.places[CALL].agent == "marta"
    await floor.close()


async def test_who_is_only_asked_for_advice_does_not_get_a_caller_they_may_not_have() -> None:
    floor = await Floor(MemoryStore(), list[object]().append, Clock()).open()
    floor.asterisk = PaperAsterisk()
    await floor.sign_in("marta")
    await floor.wait(Form(CALL, subject="pension", level=2))
    floor.answered(CALL)
    await floor.sign_in("ana")
    floor.ask(CALL, "ana")
    floor.second_answered("ana", CALL)
    assert not floor.may_take(CALL, "ana")
    with pytest.raises(Unfit):
        floor.complete(CALL, "ana")
    assert states(floor)[0] is State.TALKING
    assert floor.hall.places[CALL].agent == "marta"
    await floor.close()


@pytest.mark.parametrize(
    ("subject", "level", "heard"),
    [("general", 1, True), ("pension", 1, False), ("general", 2, False), ("protected", 1, False)],
)
async def test_a_provider_is_consulted_about_nothing_that_it_could_not_be_called_about(
    subject: str, level: int, *, heard: bool
) -> None:
    marta = Agent("marta", "Marta", 2, {"es": 5}, {"pension": 5, "protected": 5, "general": 5})
    people = (marta, Agent("out", "Out", 1, {"es": 5}, team="provider"))
    rules = Rules(external={"provider": frozenset({"general"})}, support_after_s=0.0)
    floor = await Floor(MemoryStore(people), list[object]().append, Clock(), rules=rules).open()
    floor.asterisk = PaperAsterisk()
    await floor.sign_in("marta")
    await floor.wait(Form(CALL, subject=subject, level=level))
    floor.answered(CALL)
    await floor.sign_in("out")
    if heard:
        assert floor.ask(CALL, "out").agent == "out"
    else:
        with pytest.raises(Unfit):
            floor.ask(CALL, "out")
        assert floor.state("out").state is State.READY
    await floor.close()


async def test_a_caller_whose_session_is_away_is_not_moved() -> None:
    floor = await Floor(MemoryStore(), list[object]().append, Clock()).open()
    waiting = asyncio.create_task(floor.wait(Form(CALL, level=1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert CALL in floor.hall.away_since
    assert not floor.rewish(CALL, "imv", 2, 7)
    assert floor.hall.places[CALL].wish.level == 1
    await floor.close()
