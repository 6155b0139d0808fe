"""The figures of the day are what their published definition says, and the board shows what is so."""

import pytest

from queues.demonstration import demonstration_agents
from queues.figures import SERVICE_LEVEL_DEFINITION, Day, Figures, Thresholds
from queues.hall import Hall
from queues.limits import Limits
from queues.ports import Kept, Outcome
from queues.restart import restore
from queues.views import board_of, place_of
from queues.wishes import FIRST_LEVEL, Rules, Wish, skill_of
from tests.queues.fakes import Form, call

AT = 1_800_000_000.0


def a_hall() -> Hall:
    return Hall(
        demonstration_agents(), Rules(), Limits(), Thresholds(180.0, 5.0), lambda at: at - at % 86_400
    )


def test_service_level_counts_who_gave_up_but_not_who_left_at_once() -> None:
    day = Day(0.0, Thresholds(180.0, 5.0))
    for waited in (10.0, 180.0, 181.0):
        day.answered(waited)
    for waited in (4.9, 5.0, 300.0):
        day.abandoned(waited)
    figures = day.figures()
    assert figures.service_level == pytest.approx(2 / 5)
    assert figures.asa_s == pytest.approx(371 / 3)
    assert figures.longest_s == 300.0
    assert "abandoned" in SERVICE_LEVEL_DEFINITION


def test_what_is_not_defined_is_none_and_not_a_perfect_score() -> None:
    none = Figures()
    assert (none.service_level, none.asa_s) == (None, None)


def test_a_new_day_begins_with_nothing() -> None:
    hall = a_hall()
    hall.day(AT).answered(3.0)
    assert hall.day(AT + 1).figures().answered == 1
    assert hall.day(AT + 86_400).figures().answered == 0


def test_the_day_is_recounted_after_a_restart_and_yesterday_is_not() -> None:
    hall = a_hall()
    ended = [
        Outcome(call(n), "pension", "es", 1, kind, "ana", AT, at, 20.0, 100.0, 20.0)
        for n, (kind, at) in enumerate([("answered", AT), ("abandoned", AT), ("answered", AT - 86_400)])
    ]
    restore(hall, Kept((), (), ended), AT)
    figures = hall.day(AT).figures()
    assert (figures.offered, figures.answered, figures.abandoned) == (2, 1, 1)


def test_a_caller_is_told_the_wait_only_when_it_is_known_and_somebody_is_there() -> None:
    hall = a_hall()
    hall.want(Form(call(1)), AT)
    place = place_of(hall, call(1))
    assert place is not None
    assert (place.position, place.expected, place.staffed) == (1, None, False)
    for _ in range(10):
        hall.handle_times[FIRST_LEVEL].add(240.0)
    place = place_of(hall, call(1))
    assert place is not None
    assert place.expected is None
    assert place_of(hall, call(2)) is None


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
