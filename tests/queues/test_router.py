"""The router: nobody idle while somebody waits, in order, never below the floor, and it can say why."""

from hypothesis import given, settings
from hypothesis import strategies as st

from queues.agents import Agent
from queues.conditions import profile_of
from queues.demonstration import demonstration_agents
from queues.router import Pair, Router, explain
from queues.rows import fit
from queues.rules import steps_of
from queues.wishes import Rules, Wish, kind_of

RULES = Rules()
SUBJECTS = ("pension", "subsidy", "imv", "general")
SKILLS = ("pension", "subsidy", "imv")


def wish(number: int, *, since: float = 0.0, **what: object) -> Wish:
    asked = {"subject": "pension", "language": "es", "level": 1, "priority": 0} | what
    return Wish(f"ventanilla-1800000000.{number}", since=since, **asked)  # type: ignore[arg-type]  # from keywords


def router_with(*names: str, since: float = 0.0) -> Router:
    router = Router(RULES)
    for agent in demonstration_agents():
        if agent.name in names:
            router.seat(agent)
            router.free(agent.name, since)
    return router


def who(pairs: list[Pair]) -> list[tuple[int, str]]:
    return [(int(pair.call.rpartition(".")[2]), pair.agent) for pair in pairs]


def test_first_level_takes_everything_in_a_language_it_speaks() -> None:
    router = router_with("ana", "jordi")
    router.join(wish(1, subject="imv", language="ca"))
    assert who(router.route(1.0)) == [(1, "jordi")]


def test_the_better_speaker_goes_before_the_longer_idle() -> None:
    router = router_with("ana")
    router.seat(demonstration_agents()[1])
    router.free("jordi", -500.0)
    router.join(wish(1))
    assert who(router.route(1.0)) == [(1, "ana")]


def test_among_equals_the_longest_idle_goes_first() -> None:
    router = Router(RULES)
    for name, since in (("x", 30.0), ("y", 10.0), ("z", 20.0)):
        router.seat(Agent(name, name, 1, {"es": 5}))
        router.free(name, since)
    for number in range(3):
        router.join(wish(number, since=float(number)))
    assert who(router.route(60.0)) == [(0, "y"), (1, "z"), (2, "x")]


def test_priority_goes_before_age_and_age_before_the_rest() -> None:
    router = router_with("ana")
    router.join(wish(1, since=0.0))
    router.join(wish(2, since=5.0, priority=1))
    assert who(router.route(10.0)) == [(2, "ana")]
    assert [router.position(wish(n).call) for n in (1, 2)] == [2, 1]


def test_language_relaxes_after_its_time_and_not_before_while_a_speaker_is_on_duty() -> None:
    router = router_with("ana", "jordi")
    router.busy("jordi")
    router.join(wish(1, language="ca"))
    assert router.route(89.0) == []
    assert who(router.route(90.0)) == [(1, "ana")]


def test_language_relaxes_at_once_when_nobody_on_duty_speaks_it() -> None:
    router = router_with("ana")
    router.join(wish(1, language="ca"))
    (pair,) = router.route(1.0)
    assert "nobody signed in fits an earlier step" in explain(pair)[2]


def test_a_second_level_wish_waits_for_the_trained_however_long() -> None:
    router = router_with("ana", "jordi", "nuria")
    router.join(wish(1, level=2, subject="pension", language="ca"))
    assert router.route(1e6) == []
    router.seat(demonstration_agents()[2])
    router.free("marta", 1e6)
    assert who(router.route(1e6)) == [(1, "marta")]


def test_the_second_level_helps_the_first_in_its_specialty_after_a_while() -> None:
    router = router_with("ana", "marta")
    router.busy("ana")
    router.join(wish(1, subject="pension"))
    router.join(wish(2, subject="imv"))
    assert router.route(59.0) == []
    assert who(router.route(60.0)) == [(1, "marta")]


def test_a_general_wish_to_the_second_level_asks_for_no_training() -> None:
    router = router_with("marta")
    router.join(wish(1, level=2, subject="general"))
    assert who(router.route(1.0)) == [(1, "marta")]


def test_an_agent_is_kept_for_a_caller_who_is_away_for_a_moment() -> None:
    router = router_with("ana")
    router.join(wish(1, since=0.0))
    router.join(wish(2, since=1.0))
    router.away(wish(1).call, until=8.0)
    assert router.route(5.0) == []
    assert who(router.route(8.1)) == [(2, "ana")]


def test_positions_count_only_callers_who_compete_for_the_same_agents() -> None:
    router = router_with("ana", "marta")
    router.join(wish(1, subject="imv"))
    router.join(wish(2, subject="pension", level=2, since=1.0))
    router.join(wish(3, subject="imv", since=2.0))
    assert [router.position(wish(n).call) for n in (1, 2, 3)] == [1, 1, 2]


def test_who_waits_for_a_speaker_gets_another_agent_at_once_when_the_last_one_signs_out() -> None:
    router = router_with("ana", "jordi")
    router.busy("jordi")
    router.join(wish(1, language="ca"))
    assert router.route(1.0) == []
    router.unseat("jordi")
    assert who(router.route(2.0)) == [(1, "ana")]


def test_a_line_that_was_empty_for_a_while_is_served_again() -> None:
    router = router_with("ana")
    router.busy("ana")
    router.join(wish(1))
    assert router.route(1.0) == []
    router.leave(wish(1).call)
    router.free("ana", 2.0)
    assert router.route(2.0) == []  # nobody waits any more, and she is busy with something else
    router.busy("ana")
    router.join(wish(2, since=3.0))
    assert router.route(3.0) == []
    router.free("ana", 4.0)
    assert who(router.route(4.0)) == [(2, "ana")]


People = list[tuple[int, dict[str, int], dict[str, int], float]]
Asked = list[tuple[str, str, int, int, float]]

# Properties --------------------------------------------------------------------------------------------

languages = st.dictionaries(st.sampled_from(["es", "ca"]), st.integers(1, 5), min_size=1)
skills = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5))
agents = st.lists(st.tuples(st.sampled_from([1, 2]), languages, skills, st.floats(0, 100)), max_size=8)
wishes = st.lists(
    st.tuples(
        st.sampled_from(SUBJECTS), st.sampled_from(["es", "ca"]), st.sampled_from([1, 2]), st.integers(0, 1),
        st.floats(0, 100),
    ),
    max_size=12,
)  # fmt: skip


def fill(people: People, asked: Asked) -> Router:
    router = Router(RULES)
    for number, (level, spoken, trained, idle) in enumerate(people):
        router.seat(Agent(f"a{number}", "", level, spoken, trained))
        router.free(f"a{number}", idle)
    for number, one in enumerate(asked):
        router.join(Wish(f"c{number}", *one))
    return router


def eligible(router: Router, one: Wish, now: float) -> set[str]:
    """Who is free and fits, found the slow way: every open step against every agent."""
    steps = [open_.step for open_ in router.open_steps(one.call, now)]
    bench = router.bench
    return {name for name in bench.free_agents if any(fit(bench.profile(name), step) for step in steps)}


@settings(max_examples=300, deadline=None)
@given(agents, wishes, st.floats(100, 300))
def test_no_eligible_agent_is_idle_while_an_eligible_caller_waits(
    people: People, asked: Asked, now: float
) -> None:
    router = fill(people, asked)
    pairs = router.route(now)
    left_free = set(router.bench.free_agents) - {pair.agent for pair in pairs}
    served = {pair.call for pair in pairs}
    for call, one in router.waiting.items():
        assert call in served or not eligible(router, one, now) & left_free


@settings(max_examples=300, deadline=None)
@given(agents, wishes, st.floats(100, 300))
def test_each_caller_and_agent_is_in_one_pair_at_most_and_turns_are_kept(
    people: People, asked: Asked, now: float
) -> None:
    router = fill(people, asked)
    pairs = router.route(now)
    assert len({pair.call for pair in pairs}) == len({pair.agent for pair in pairs}) == len(pairs)
    turns = [router.waiting[pair.call].order for pair in pairs]
    assert turns == sorted(turns)
    for one in router.waiting.values():
        for pair in pairs:
            later = router.waiting[pair.call].order > one.order
            skipped = one.call not in {made.call for made in pairs}
            assert not (later and skipped and pair.agent in eligible(router, one, now))


@settings(max_examples=300, deadline=None)
@given(agents, wishes, st.floats(100, 1e6))
def test_nobody_is_served_below_the_floor(people: People, asked: Asked, now: float) -> None:
    router = fill(people, asked)
    for pair in router.route(now):
        one, profile = router.waiting[pair.call], router.bench.profile(pair.agent)
        assert any(fit(profile, step) for step in steps_of(kind_of(one), RULES))
        if one.level == 2:
            assert profile.level == 2
            assert one.skill is None or dict(profile.skills).get(one.skill, 0) >= RULES.least_skill


@settings(deadline=None)
@given(agents, wishes, st.floats(100, 300))
def test_a_pass_changes_nothing_and_leaving_forgets_everything(
    people: People, asked: Asked, now: float
) -> None:
    router = fill(people, asked)
    assert router.route(now) == router.route(now)
    for call in list(router.waiting):
        router.leave(call)
    assert router.route(now) == []
    assert not router.waiting


def test_profiles_are_equal_when_only_the_name_differs() -> None:
    one, two = Agent("a", "A", 1, {"es": 5, "ca": 1}), Agent("b", "B", 1, {"ca": 1, "es": 5})
    assert profile_of(one) == profile_of(two)


@settings(deadline=None)
@given(agents, wishes)
def test_a_board_and_a_single_question_give_the_same_positions(people: People, asked: Asked) -> None:
    router = fill(people, asked)
    assert {one.call: position for one, position in router.positions()} == {
        call: router.position(call) for call in router.waiting
    }
