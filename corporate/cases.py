"""Case management: cases in progress, complaints, and what callers thought of the service.

Everything here raises CorporateDown. Persons are the register's ids.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from corporate.answers import Receipt

STATES = ("received", "in_progress", "documents_missing", "granted", "refused")
NEXT_STEPS = ("wait", "send_documents", "payment", "appeal")


@dataclass(frozen=True, slots=True)
class Case:
    """A case (expediente). `state` one of STATES, `next_step` of NEXT_STEPS; `since` the last change of state."""

    reference: str
    subject: str
    state: str
    since: dt.date
    next_step: str


class Cases(Protocol):
    """The case management system."""

    async def cases(self, person: str) -> tuple[Case, ...]:
        """Give a person's cases, the newest change first."""
        ...

    async def complain(self, person: str | None, caller: str | None, subject: str, key: str) -> Receipt:
        """Take a complaint about `subject`, of somebody proven or not; `caller` E.164 or None."""
        ...

    async def survey(self, call: str, answers: Mapping[str, int], key: str) -> None:
        """Take the answers to a survey: question to a mark from 1 (worst) to 5."""
        ...
