"""The board shows what is so."""

import pytest

from queues.demonstration import demonstration_agents
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept, Outcome
from queues.restart import restore
from queues.views import board_of, place_of
from queues.wishes import FIRST_LEVEL, Rules, Wish, skill_of
from tests.queues.fakes import Form, call

AT = 1_800_000_000.0


def a_hall() -> Hall:
    return Hall(demonstration_agents(), Rules(), Limits())


def test_how_long_conversations_take_is_known_after_a_restart() -> None:
    hall = a_hall()
    ended = [
        Outcome(call(n), "pension", "es", 1, "answered", "ana", AT, AT, 20.0, 100.0, 20.0) for n in range(8)
    ]
    restore(hall, Kept((), (), ended), AT)
    assert hall.handle_times[FIRST_LEVEL].mean_s == pytest.approx(120.0)


def test_a_caller_is_told_the_wait_only_when_it_is_known_and_somebody_is_there() -> None:
    hall = a_hall()
    hall.want(Form(call(1)), AT)
    place = place_of(hall, call(1), AT)
    assert place is not None
    assert (place.position, place.expected, place.agents) == (1, None, 0)
    for _ in range(10):
        hall.handle_times[FIRST_LEVEL].add(240.0)
    place = place_of(hall, call(1), AT)
    assert place is not None
    assert place.expected is None
    assert place_of(hall, call(2), AT) is None


def test_an_empty_board_is_a_board() -> None:
    board = board_of(a_hall(), AT, connected=False, latency_ms=None)
    assert [row.name for row in board.agents] == ["ana", "jordi", "marta", "nuria"]
    assert {row.state for row in board.agents} == {"signed_out"}
    assert board.waiting == ()


def test_a_wish_for_a_level_that_does_not_exist_is_refused_and_changes_nothing() -> None:
    hall = a_hall()
    with pytest.raises(ValueError, match="no level 3"):
        hall.want(Form(call(1), level=3), AT)
    assert not hall.places


def test_every_subject_has_a_trained_specialist_in_the_demonstration() -> None:
    for subject in ("pension", "subsidy", "imv", "health_card", "case"):
        skilled = skill_of(subject) or ""
        trained = [a.name for a in demonstration_agents() if a.level == 2 and a.skills.get(skilled, 0) >= 3]
        assert trained, subject
    assert Wish(call(1), "general", "es", 2, 0, AT).skill is None
