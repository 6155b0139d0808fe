"""What can be asked of an institution: `requests.toml`. Types of request, who answers for them, until when. Pure.

The subjects stand in institution.toml; here are the types (a question, a procedure, a certificate …), the areas that
answer, the rules that say who is responsible and within how many working days of the institution's own calendar, what
the machine's services are, and the lines of the report of demand. Nothing of it is code, so that another institution
writes its own.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dialplans.hours import OpeningHours, working_day_ends

ENQUIRY = "enquiry"
"""The type of a request until somebody says another: a question."""

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Part):
    """Who answers for requests; `about` is its name by language of the pages."""

    about: dict[str, str]


class Kind(_Part):
    """A type of request, and in how many working days it is answered unless a rule says otherwise."""

    about: dict[str, str]
    working_days: Annotated[int, Field(ge=0, le=260)] = 5


class Rule(_Part):
    """Who is responsible for requests of these subjects and types (none named: of all); the first that fits."""

    subjects: tuple[Subject, ...] = ()
    kinds: tuple[Word, ...] = ()
    area: Word = ""
    level: Annotated[int, Field(ge=1, le=3)] = 1
    working_days: Annotated[int, Field(ge=0, le=260)] | None = None

    def fits(self, subject: str, kind: str) -> bool:
        """Say whether a request is one of these."""
        return subject in (self.subjects or (subject,)) and kind in (self.kinds or (kind,))


class Service(_Part):
    """What a self-service's request is: its type, and its subject where that follows from the service."""

    kind: Word
    subject: Subject | None = None


class Line(_Part):
    """A line of the report of demand: requests of these subjects and types; the first that fits.

    `share` (0 to 1) is what the institution has published of it, to compare with.
    """

    name: Subject
    about: dict[str, str]
    subjects: tuple[Subject, ...] = ()
    kinds: tuple[Word, ...] = ()
    share: Annotated[float, Field(ge=0, le=1)] | None = None

    def fits(self, subject: str, kind: str) -> bool:
        """Say whether a request is counted here."""
        return subject in (self.subjects or (subject,)) and kind in (self.kinds or (kind,))


class Catalogue(_Part):
    """`requests.toml`, whole.

    `hours`: the calendar whose days count, the institution's first if none is named. `urgent_days`: working days for a
    request of priority 7 or more. `steps`: who waits at this step of the flows has just heard about this subject
    (`information/after_pension`); it counts when the call says nothing more. `territories`: area code to the territory
    that figures are told apart by.
    """

    hours: str = ""
    urgent_days: Annotated[int, Field(ge=0, le=30)] = 1
    areas: dict[Word, Area] = {}
    kinds: dict[Word, Kind] = {}
    rules: tuple[Rule, ...] = ()
    services: dict[str, Service] = {}
    steps: dict[str, Subject] = {}
    territories: dict[Annotated[str, StringConstraints(pattern=r"^\d{1,6}$")], str] = {}
    demand: tuple[Line, ...] = ()


class Terms(_Part):
    """Who is responsible for a request, of which type, and until when (unix seconds)."""

    kind: str
    area: str
    level: int
    due_at: float


URGENT = 7
"""Priority from which on a request is urgent (0 to 9)."""


def terms(
    catalogue: Catalogue, hours: OpeningHours, subject: str, kind: str, priority: int, at: float
) -> Terms:
    """Say who answers for a request that is opened now, and until when."""
    rule = next((one for one in catalogue.rules if one.fits(subject, kind)), Rule())
    known = catalogue.kinds.get(kind)
    days = rule.working_days if rule.working_days is not None else known.working_days if known else 5
    if priority >= URGENT:
        days = min(days, catalogue.urgent_days)
    return Terms(kind=kind, area=rule.area, level=rule.level, due_at=working_day_ends(hours, at, days))


OTHER = "other"
"""The line of what fits no other."""


def line_of(catalogue: Catalogue, subject: str, kind: str) -> str:
    """Give the name of the line of demand that counts such a request."""
    return next((one.name for one in catalogue.demand if one.fits(subject, kind)), OTHER)


def names(catalogue: Catalogue) -> Mapping[str, Mapping[str, str]]:
    """Give everything that has a name, by its place in the file: `areas.pensions`, `demand.certificates`."""
    return {
        **{f"areas.{name}": one.about for name, one in catalogue.areas.items()},
        **{f"kinds.{name}": one.about for name, one in catalogue.kinds.items()},
        **{f"demand.{one.name}": one.about for one in catalogue.demand},
    }
