"""The institution's catalogue of requests, in the words of the bridge."""

from __future__ import annotations

from crm_bridge.requests import Terms
from dialplans.catalogue import terms
from dialplans.institution import Institution


def terms_of(institution: Institution, subject: str, kind: str, priority: int, at: float) -> Terms:
    """Say who is responsible for a request that is opened now, and until when, in working days of the calendar."""
    whole = institution.catalogue
    hours = institution.calendar(whole.hours)
    agreed = terms(whole, hours, subject, kind, priority, at)
    return Terms(agreed.kind, agreed.area, agreed.level, agreed.due_at)
