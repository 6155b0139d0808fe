"""The position that is said: kept from one question to the next, and always what a plain count gives."""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from queues.agents import Agent
from queues.router import Router
from queues.rules import steps_of
from queues.wishes import Rules, Step, Wish, kind_of
from tests.queues import centres

Happening = Agent | Wish | str
"""Somebody signs in, somebody calls or calls again, or somebody of that name or call goes."""

happenings = st.lists(
    st.one_of(centres.agents(), centres.wishes(), st.sampled_from(centres.NAMES + centres.CALLS)), max_size=30
)


def seated_for(router: Router, steps: Iterable[Step]) -> set[str]:
    """Name everybody signed in who fits one of these steps."""
    profiles = {profile for step in steps for profile in router.bench.rows_for(step)}
    return {name for name, profile in router.bench.seated() if profile in profiles}


def plainly(router: Router, rules: Rules, wish: Wish) -> int:
    """Count as one writes it first: every caller before, and whether both could be served by the same agents."""

    def served(one: Wish) -> set[str]:
        return seated_for(router, steps_of(kind_of(one), rules))

    own = served(wish)
    before = [one for one in router.waiting.values() if one.order < wish.order]
    alike = [one for one in before if (one.level, one.language) == (wish.level, wish.language)]
    return 1 + sum(
        bool(own & served(one)) or (not own and not served(one) and one in alike) for one in before
    )


@settings(max_examples=200, deadline=None)
@given(happenings, st.lists(centres.moments, min_size=1, max_size=3))
def test_a_position_is_a_plain_count_whoever_came_and_went_since_it_was_last_asked(
    all_of_them: list[Happening], moments: list[float]
) -> None:
    for rules in (Rules(), centres.EVERYTHING):
        router = Router(rules)
        for number, happening in enumerate(all_of_them):
            router.route(moments[number % len(moments)])
            match happening:
                case Agent():
                    router.seat(happening)
                case Wish():
                    router.join(happening)
                case str():
                    router.unseat(happening)
                    router.leave(happening)
            counted = {call: plainly(router, rules, one) for call, one in router.waiting.items()}
            assert {call: router.position(call) for call in router.waiting} == counted
            assert {one.call: position for one, position in router.positions()} == counted
            for one in router.waiting.values():
                assert router.anybody_for(kind_of(one)) == bool(
                    seated_for(router, steps_of(kind_of(one), rules))
                )
