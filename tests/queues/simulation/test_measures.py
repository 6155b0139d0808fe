import pytest

from queues.simulation.app_queue import AppQueue
from queues.simulation.measures import at_desks, by, group, occupancy, quarters
from queues.simulation.people import Shift
from queues.thresholds import Thresholds
from queues.wishes import Rules
from tests.queues.simulation.centre import agent, caller, spent


def test_a_day_comes_to_the_published_figures() -> None:
    callers = [caller(0, 100), caller(10, 10), caller(20, 10, patience_s=3), caller(30, 10, patience_s=20)]
    ends, books = spent(callers, [Shift(agent("ana"), 0, 1000)], lines=4)
    summed = group(books.ends, Thresholds(60.0, 5.0))
    assert len(ends) == 4
    assert (summed.figures.offered, summed.figures.answered, summed.figures.abandoned) == (4, 2, 2)
    assert summed.figures.abandoned_short == 1
    assert summed.figures.service_level == pytest.approx(1 / 3)
    assert summed.figures.asa_s == pytest.approx(45.0)
    assert summed.lost_share == pytest.approx(0.5)
    assert summed.percentile_s(100) == pytest.approx(90.0)


def test_figures_are_told_apart_by_language() -> None:
    shifts = [Shift(agent("ana", languages="es")), Shift(agent("txus", languages="eu"))]
    _, books = spent([caller(0, language="eu"), caller(1), caller(2)], shifts)
    groups = by(books.ends, lambda one: one.language, Thresholds(180.0, 5.0))
    assert {name: one.figures.offered for name, one in groups.items()} == {"es": 2, "eu": 1}


def test_occupancy_counts_an_agent_for_every_skill_and_a_break_not_at_all() -> None:
    marta = agent("marta", 2, pension=5, imv=4)
    shifts = [Shift(marta, 0, 100), Shift(marta, 200, 300)]
    _, books = spent([caller(0, 50, subject="pension", level=2)], shifts)
    shares = occupancy(books, shifts, lambda one: one.skills)
    assert shares == {"pension": pytest.approx(0.25), "imv": pytest.approx(0.25)}


def test_a_day_is_cut_into_quarters() -> None:
    callers = [caller(0, 1000), caller(100, 100), caller(950, 10, patience_s=10)]
    shifts = [Shift(agent("ana"), 0, 1350)]
    _, books = spent(callers, shifts)
    first, second = quarters(books, shifts, 0, 1800)
    assert (first.offered, first.answered, first.waiting, first.agents) == (2, 2, 1, 1.0)
    assert first.mean_wait_s == pytest.approx(450.0)
    assert (second.offered, second.abandoned, second.waiting) == (1, 1, 0)
    assert second.agents == pytest.approx(0.5)
    assert second.occupied == pytest.approx(200 / 900)


def test_nobody_is_occupied_for_longer_than_they_are_there() -> None:
    shifts = [Shift(agent("ana"), 0, 300), Shift(agent("ana"), 600, 700)]
    _, books = spent([caller(0, 100), caller(290, 200), caller(650, 400)], shifts)
    assert at_desks(books, shifts) == {"ana": [(0.0, 490.0), (600.0, 1050.0)]}
    assert occupancy(books, shifts, lambda _: ("all",)) == {"all": pytest.approx(700 / 940)}
    for quarter in quarters(books, shifts, 0, 1800):
        assert quarter.occupied <= quarter.agents


def test_being_passed_over_counts_only_for_who_could_have_been_served() -> None:
    shifts = [Shift(agent("ana", languages="es ca"))]
    unable = [caller(0, 100.5), caller(10.9, 10, language="eu"), caller(20.6, 10, language="ca")]
    _, books = spent(unable, shifts, AppQueue(Rules()))
    assert books.out_of_order == 0
    urgent = [caller(0, 100.5), caller(10.9, 10), caller(20.6, 10, priority=1, language="ca")]
    _, books = spent(urgent, shifts)
    assert books.out_of_order == 0
