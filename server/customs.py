"""How this institution counts its days; its rules of routing stand in routing.py."""

from __future__ import annotations

from datetime import tzinfo

from server.figures import spans
from server.routing import rules_of

__all__ = ["day_begins", "rules_of"]


def day_begins(at: float, zone: tzinfo) -> float:
    """Give the start of the institution's day that `at` is in; unix seconds both."""
    return spans.begins(spans.day_of(at, zone), zone)
