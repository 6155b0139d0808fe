"""A simulated day is counted by the published definitions."""

import pytest

from queues.simulation.tally import Figures, Tally
from queues.thresholds import Thresholds


def test_service_level_counts_who_gave_up_but_not_who_left_at_once() -> None:
    tally = Tally(Thresholds(180.0, 5.0))
    for waited in (10.0, 180.0, 181.0):
        tally.answered(waited)
    for waited in (4.9, 5.0, 300.0):
        tally.abandoned(waited)
    figures = tally.figures()
    assert figures.service_level == pytest.approx(2 / 5)
    assert figures.asa_s == pytest.approx(371 / 3)
    assert figures.longest_s == 300.0


def test_what_is_not_defined_is_none_and_not_a_perfect_score() -> None:
    none = Figures()
    assert (none.service_level, none.asa_s) == (None, None)
