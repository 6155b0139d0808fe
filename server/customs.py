"""How this institution routes and counts: the floor's customs, from its file and the settings."""

from __future__ import annotations

from datetime import datetime, tzinfo

from dialplans.institution import Institution
from queues.wishes import Rules


def rules_of(institution: Institution) -> Rules:
    """Give the floor's rules as the institution sets them; its first language is the one everybody speaks."""
    routing = institution.routing
    return Rules(
        least_skill=routing.least_skill,
        relax_language_after_s=routing.relax_language_after_s,
        common_language=institution.languages[0],
        support_after_s=routing.support_after_s,
    )


def day_begins(at: float, zone: tzinfo) -> float:
    """Give the start of the institution's day that `at` is in; unix seconds both."""
    day = datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.timestamp()
