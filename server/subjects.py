"""What calls are about: the institution's list, for the pages and for the requests in the CRM."""

from __future__ import annotations

from dialplans.institution import Institution
from web.ports import Subject


def subjects(institution: Institution) -> tuple[Subject, ...]:
    """Give every subject with what people read."""
    return tuple(Subject(name, shape.about) for name, shape in institution.subjects.items())


def subject_of(institution: Institution, number: str) -> str | None:
    """Give what calls to a number are about until the caller says more; None for a number that is no longer ours."""
    entry = institution.numbers.get(number)
    return entry.subject if entry else None
