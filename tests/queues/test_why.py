"""Why a caller is not served yet: which steps are open, who fits, what hinders them; and at once if nobody ever can."""

from queues import facts as fact
from queues.agents import Agent, Event, Happening
from queues.conditions import Skilled
from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.why import Hindrance, WhyNotYet, sentences, why_not_yet
from queues.wishes import Rule, Rules, StepRule, Wish
from tests.queues import centres


def hall(*signed_in: str, rules: Rules | None = None, more: tuple[Agent, ...] = ()) -> Hall:
    here = Hall((*demonstration_agents(), *more), rules or Rules(), Limits())
    for name in signed_in:
        here.happen(name, Event(Happening.SIGN_IN, 0.0, address="browser"))
    return here


def joins(here: Hall, at: float, **what: object) -> None:
    wanted = {"call": "c1", "subject": "pension", "language": "es", "level": 1, "priority": 0, "since": 0.0}
    here.want(Wish(**(wanted | what)), 0.0)  # type: ignore[arg-type]  # from keywords
    here.route(at)


def asks(here: Hall, at: float, **what: object) -> WhyNotYet:
    joins(here, at, **what)
    why = why_not_yet(here, str(what.get("call", "c1")), at)
    assert why is not None
    return why


def test_each_group_of_those_who_fit_is_told_with_what_hinders_it() -> None:
    here = hall("ana", "jordi", "marta")
    here.happen("ana", Event(Happening.PAUSE, 1.0, reason="break"))
    joins(here, 5.0, call="c0")
    why = asks(here, 5.0)
    first, second = why.steps
    assert (first.open, first.hindered) == (True, ((Hindrance.BUSY, 1), (Hindrance.PAUSED, 1)))
    assert (second.open, second.opens_in_s, second.hindered) == (False, 55.0, ((Hindrance.FREE, 1),))
    assert why.next_opens_in_s == 55.0
    second_step = "Step 2 (rule first level), from 60 s: level 2, speaks es, trained in pension at 3 or more"
    assert sentences(why) == (
        "Call c1 waits: pension, es, level 1, priority 0; routing age 5 s, position 1.",
        "Step 1 (rule first level), from 0 s: level 1, speaks es: open; of those who fit 1 busy with a call, 1 paused.",
        f"{second_step}: opens in 55 s; of those who fit 1 free.",
        "The next step opens in 55 s.",
    )


def test_a_telephone_that_is_not_there_and_a_shift_that_is_over_are_told_apart() -> None:
    night = Agent("eva", "Eva", 1, {"es": 5}, team="morning")
    here = hall("ana", "eva", rules=Rules(shifts={"morning": centres.Hours(100.0, 200.0)}), more=(night,))
    here.reachable("ana", there=False, at=1.0)
    why = asks(here, 5.0)
    assert dict(why.steps[0].hindered) == {
        Hindrance.UNREACHABLE: 1, Hindrance.OFF_SHIFT: 1, Hindrance.SIGNED_OUT: 1,
    }  # fmt: skip
    assert why.nobody_here
    assert not why.nobody_ever


def test_a_wish_that_nobody_enrolled_can_ever_fit_is_told_at_once() -> None:
    here = hall("ana", "marta")
    why = asks(here, 0.0, level=2, subject="gardening")
    assert why.nobody_ever
    (told,) = [one for one in here.facts if isinstance(one, fact.NobodyCanServe)]
    assert told.among == "enrolled"
    assert "Nobody who is enrolled could ever take this call" in sentences(why)[1]


def test_one_whom_nobody_here_can_serve_is_told_so_and_an_ordinary_one_is_not() -> None:
    here = hall("ana")
    asks(here, 0.0, call="c1", level=2, subject="imv")
    joins(here, 0.0, call="c2")
    told = [(one.call, one.among) for one in here.facts if isinstance(one, fact.NobodyCanServe)]
    assert told == [("c1", "signed_in")]


def told(here: Hall) -> list[tuple[str, str]]:
    """Take away who was said to be served by nobody, and among whom."""
    _, facts = here.drain()
    return [(one.call, one.among) for one in facts if isinstance(one, fact.NobodyCanServe)]


def test_who_is_moved_to_what_nobody_here_can_do_is_told_so() -> None:
    here = hall("ana")
    joins(here, 0.0, call="c0")
    joins(here, 0.0, call="c1")
    assert here.rewish("c1", "imv", 2, 9, 5.0)
    here.route(5.0)
    assert told(here) == [("c1", "signed_in")]
    assert here.rewish("c1", "gardening", 2, 9, 6.0)
    assert told(here) == [("c1", "enrolled")]
    assert here.rewish("c1", "general", 1, 9, 7.0)
    assert told(here) == []


def test_when_the_last_who_could_serve_goes_those_who_wait_are_told_once() -> None:
    here = hall("ana", "marta")
    for number in range(3):
        joins(here, 0.0, call=f"c{number}")
    here.happen("marta", Event(Happening.SIGN_OUT, 1.0))
    here.route(1.0)
    assert told(here) == []  # ana talks with one of them, and will be free
    here.happen("ana", Event(Happening.RELEASE, 2.0, "c0"))
    here.happen("ana", Event(Happening.SIGN_OUT, 2.0))
    here.route(2.0)
    assert told(here) == [("c1", "signed_in"), ("c2", "signed_in")]
    here.route(3.0)
    assert told(here) == []
    here.happen("ana", Event(Happening.SIGN_IN, 4.0, address="browser"))
    here.route(4.0)
    here.happen("ana", Event(Happening.RELEASE, 5.0, "c1"))
    here.happen("ana", Event(Happening.SIGN_OUT, 5.0))
    here.route(5.0)
    assert told(here) == [("c2", "signed_in")]


def test_when_a_shift_is_over_those_who_wait_for_it_are_told() -> None:
    night = Agent("eva", "Eva", 1, {"es": 5}, team="morning")
    here = Hall((night,), Rules(shifts={"morning": centres.Hours(0.0, 100.0)}), Limits())
    here.happen("eva", Event(Happening.SIGN_IN, 0.0, address="browser"))
    here.happen("eva", Event(Happening.PAUSE, 1.0, reason="rest"))
    joins(here, 50.0)
    assert told(here) == []
    here.route(150.0)
    assert told(here) == [("c1", "signed_in")]


def test_a_free_agent_of_a_caller_who_is_away_is_not_said_to_be_somebody_elses() -> None:
    here = hall("ana")
    here.happen("ana", Event(Happening.PAUSE, 1.0, reason="rest"))
    joins(here, 5.0)
    here.withdraw("c1", 6.0)
    here.happen("ana", Event(Happening.READY, 7.0))
    here.route(7.0)
    why = why_not_yet(here, "c1", 7.0)
    assert why is not None
    said = " ".join(sentences(why))
    assert "a caller who goes before" not in said
    assert "1 free, but offered nobody who is away" in said


def test_an_agent_without_any_skill_is_never_given_a_specialists_call() -> None:
    bare = Agent("bare", "Bare", 2, {"es": 5})
    here = hall("bare", more=(bare,))
    assert not asks(here, 1e6, level=2, subject="imv").nobody_ever
    assert here.states["bare"].call is None


def test_a_rule_may_ask_for_a_skill_that_nobody_has() -> None:
    rule = Rule("odd", (StepRule(Skilled("dragons")),))
    assert asks(hall("ana", rules=Rules(rules=(rule,))), 1.0).nobody_ever


def test_an_agent_who_fits_several_open_steps_is_one_agent() -> None:
    both = Agent("bilingual", "Bilingual", 1, {"es": 5, "ca": 5})
    here = Hall((both,), Rules(), Limits())
    here.happen("bilingual", Event(Happening.SIGN_IN, 0.0, address="browser"))
    joins(here, 0.0, call="c0")
    why = asks(here, 95.0, language="ca")
    assert [step.fitting for step in why.steps if step.open].count(1) == 2
    assert why.hindered == ((Hindrance.BUSY, 1),)
