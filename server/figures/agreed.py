"""What the institution agreed to be judged by, as the counting takes it."""

from dialplans.institution import Institution
from queues.thresholds import Thresholds


def thresholds_of(institution: Institution) -> Thresholds:
    """Give the thresholds that the institution sets, in `[figures]`."""
    set_there = institution.figures
    return Thresholds(set_there.service_level_s, set_there.short_abandon_s, set_there.target)
