"""A step that holds for the agents whom a wish names: for so long, while one is there, and never for strangers."""

from dataclasses import replace

import pytest

from queues import virtual
from queues.adapters.floor import Floor
from queues.agents import Agent, Event, Happening
from queues.conditions import AtLevel, Speaks, every
from queues.hall import Hall
from queues.limits import Limits
from queues.router import Router
from queues.rules import CALLERS, COMMON, steps_of
from queues.why import sentences, why_not_yet
from queues.wishes import Kind, Named, Rule, Rules, StepRule, Wish
from tests.queues.fakes import Clock, Form, MemoryStore, call

EVA, BEN = (Agent(name, name.title(), 2, {"es": 5}, {"pension": 3}) for name in ("eva", "ben"))
LUIS = Agent("luis", "Luis", 1, {"es": 5})
OWN = StepRule(AtLevel(2), named=50.0, holds_s=20.0)
RULE = Rule("own", (OWN, StepRule(AtLevel(2)), StepRule(AtLevel(1))), subjects=frozenset({"pension"}))
RULES = Rules(rules=(RULE,))
HERS = (Named("eva", 100.0, 0.0, 1e6),)
STRANGER = Wish("c1", "pension", "es", 1, 0, 0.0)
KNOWN = replace(STRANGER, named=HERS)


def router(*signed_in: Agent) -> Router:
    made = Router(RULES)
    for agent in signed_in:
        made.seat(agent)
    return made


def given(made: Router, at: float) -> list[str]:
    return [pair.agent for pair in made.route(at)]


def test_others_are_asked_when_the_time_for_the_named_is_over() -> None:
    centre = router(EVA, BEN)
    centre.free("ben", 0.0)
    centre.join(KNOWN)
    assert given(centre, 19.9) == []
    assert given(centre, 20.0) == ["ben"]


def test_the_named_is_preferred_at_once_and_after_the_time_too() -> None:
    centre = router(EVA, BEN)
    centre.join(KNOWN)
    assert given(centre, 0.0) == []
    for agent in ("ben", "eva"):
        centre.free(agent, 5.0)
    assert given(centre, 30.0) == ["eva"]


def test_nobody_waits_for_one_who_is_not_here_and_who_signs_out_frees_the_caller() -> None:
    centre = router(BEN)
    centre.free("ben", 0.0)
    centre.join(KNOWN)
    assert given(centre, 0.0) == ["ben"]
    centre.seat(EVA)
    assert given(centre, 1.0) == []
    centre.unseat("eva")
    assert given(centre, 2.0) == ["ben"]


def test_nobody_waits_for_one_who_is_on_a_break() -> None:
    centre = router(EVA, BEN)
    centre.free("ben", 0.0)
    centre.join(KNOWN)
    assert given(centre, 0.0) == []
    centre.rest("eva")
    assert given(centre, 1.0) == ["ben"]
    centre.busy("eva")
    assert given(centre, 2.0) == []
    here = hall()
    here.happen("ben", Event(Happening.PAUSE, 0.0, reason="break"))
    here.want(replace(STRANGER, named=()), 0.0, (Named("ben", 100.0, 0.0, 1e6),))
    here.attempt("eva", Event(Happening.RELEASE, 1.0, "c0"))
    ((reservation, _),) = here.route(1.0)
    assert reservation.agent == "eva"


def test_a_stranger_has_the_same_steps_at_the_same_time_as_without_the_one_that_prefers() -> None:
    for agent in (BEN, Agent("ana", "Ana", 1, {"es": 5})):
        centre = router(EVA, agent)
        centre.free(agent.name, 0.0)
        centre.join(STRANGER)
        assert given(centre, 0.0) == [agent.name]


def in_basque(made: Router, *, rests: bool) -> Router:
    """Nobody of the first level speaks Basque; only Eva does, who is not free. Luis has the common language."""
    made.seat(replace(EVA, languages={"es": 5, "eu": 5}))
    made.seat(LUIS)
    made.free("luis", 0.0)
    if rests:
        made.rest("eva")
    return made


def relaxing(holds_s: float) -> Router:
    """Prefer one's own agent, then the first level in the caller's language, after 60 s in the common one."""
    own = StepRule(Speaks(CALLERS), named=50.0, holds_s=holds_s)
    first, common = (every(AtLevel(1), Speaks(language)) for language in (CALLERS, COMMON))
    return Router(Rules(rules=(Rule("own", (own, StepRule(first), StepRule(common, after_s=60.0))),)))


@pytest.mark.parametrize(("holds_s", "rests"), [(0.0, False), (20.0, True)])
def test_who_is_known_waits_no_longer_than_a_stranger_when_nobody_is_held_for(
    holds_s: float,
    rests: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for wish in (STRANGER, KNOWN):
        centre = in_basque(relaxing(holds_s), rests=rests)
        centre.join(replace(wish, language="eu"))
        assert given(centre, 0.0) == ["luis"]


def test_a_step_that_opens_before_its_time_waits_for_the_end_of_the_hold_and_no_longer() -> None:
    centre = in_basque(relaxing(20.0), rests=False)
    centre.join(replace(KNOWN, language="eu"))
    assert given(centre, 0.0) == []
    assert set(centre.opening("c1", 0.0).values()) == {0.0, 20.0}
    assert given(centre, 19.9) == []
    assert given(centre, 20.0) == ["luis"], "the line is looked at when the hold is over"


def test_whose_routing_age_begins_later_than_the_clock_is_served_at_once_where_nobody_is_held_for() -> None:
    centre = router(BEN)
    centre.free("ben", 0.0)
    centre.join(replace(STRANGER, since=10.0))
    assert given(centre, 5.0) == ["ben"]


def test_who_comes_by_overflow_is_held_for_nobody() -> None:
    more = replace(RULE, name="more", serves=False)
    first = Rule("first", (StepRule(every(AtLevel(2))),), overflow="more", overflow_after_s=30.0)
    steps = steps_of(Kind(0, 1, "es", "pension"), Rules(rules=(first, more)))
    assert [(step.named, step.holds_s) for step in steps] == [(None, 0.0), (50.0, 0.0), (None, 0.0)]


def hall() -> Hall:
    here = Hall((EVA, BEN), RULES, Limits())
    for name in ("eva", "ben"):
        here.happen(name, Event(Happening.SIGN_IN, 0.0, address="browser"))
    here.happen("eva", Event(Happening.RESERVE, 0.0, "c0", until=45.0))
    return here


def test_it_is_told_whom_a_caller_waits_for_and_when_others_are_asked() -> None:
    here = hall()
    here.want(STRANGER, 0.0, HERS)
    here.route(5.0)
    why = why_not_yet(here, "c1", 5.0)
    assert why is not None
    assert why.next_opens_in_s == 15.0
    assert sentences(why) == (
        "Call c1 waits: pension, es, level 1, priority 0; routing age 5 s, position 1.",
        "Their own, who spoke with them before: eva with a score of 100.",
        (
            "Step 1 (rule own), from 0 s: named with a score of 50 or more (alone up to 20 s, while one is here), "
            "level 2: open; of those who fit 1 busy with a call."
        ),
        "Step 2 (rule own), from 0 s: level 2: opens in 15 s; of those who fit 1 busy with a call, 1 free.",
        "Step 3 (rule own), from 0 s: level 1: opens in 15 s; nobody enrolled fits.",
        "The next step opens in 15 s.",
    )


def test_a_stranger_is_told_nothing_of_a_step_for_those_whom_somebody_knows() -> None:
    here = hall()
    here.happen("ben", Event(Happening.PAUSE, 0.0, reason="break"))
    here.want(STRANGER, 0.0)
    why = why_not_yet(here, "c1", 0.0)
    assert why is not None
    assert [step.step.named for step in why.steps] == [None, None]


def test_who_is_moved_to_another_matter_and_who_will_be_called_back_name_nobody_any_more() -> None:
    here = hall()
    here.want(STRANGER, 0.0, HERS)
    assert here.rewish("c1", "pension", 2, 1, 1.0)
    assert here.router.waiting["c1"].named == HERS
    assert here.rewish("c1", "imv", 2, 1, 1.0)
    assert not here.router.waiting["c1"].named
    here.want(replace(STRANGER, call="c2"), 0.0, HERS)
    assert virtual.hand_over(here, "c2", "back-1", 1.0) is not None
    assert not here.router.waiting["back-1"].named


async def test_after_a_restart_a_caller_names_again_whom_they_wait_for() -> None:
    store, clock = MemoryStore((EVA, BEN)), Clock()
    form = Form(call(1), since=clock())
    floor = await Floor(store, lambda _: None, clock, rules=RULES).open()
    floor.hall.want(form, clock(), HERS)
    floor.settle()
    await floor.close()
    again = await Floor(store, lambda _: None, clock, rules=RULES).open()
    again.hall.want(form, clock(), HERS)
    assert again.hall.router.waiting[form.call].named == HERS
    await again.close()
