"""How long a recording is kept, and what becomes of it then. Pure.

    active ──end of its term──▶ blocked ──end of the time for claims──▶ destroyed

Years are calendar years, from date to date (Código Civil, article 5): what began on 29 February ends on the last day
of February. The last day counts whole, in the institution's time zone, so a recording is blocked on the day after.
A legal hold (a case in court, RD 203/2021 article 54) stops both steps. What was blocked is destroyed four weeks
later at the earliest, however long its term has been over: a centre that has not looked for years sees first what
would be destroyed, and so does one whose clock was wrong. A row alone destroys nothing: what it says must be in the
evidence's log too, in time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from recordings.listening import Keeping

LEAST_BLOCKED_S = 28 * 86_400.0
"""How long a recording was blocked at least before it is destroyed: time to see a wrong term, or a wrong clock."""
CLOCK_PROVEN_S = 7 * 86_400.0
CLOCK_TRUSTED_S = 97 * 86_400.0
"""A clock is believed when a call was recorded between so long and so long before what it says."""


class ClockDoubted(Exception):  # noqa: N818 - it says what is the matter
    """No call was recorded in the months before today: either there were none, or the clock is far ahead."""


class Next(StrEnum):
    """What becomes of a recording now."""

    STAYS = "stays"
    BLOCK = "block"
    DESTROY = "destroy"
    HELD = "held"  # its term is over, and a hold keeps it


@dataclass(frozen=True, slots=True)
class Term:
    """Whole years: so long it can be listened to, and so much longer it is kept blocked."""

    active_years: int
    blocked_years: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms by act of consent; `without` is for calls in which none was held."""

    without: Term
    acts: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording as retention sees it. began: the call's day where the institution is; hold: why it is kept on.

    blocked_on: the day it was blocked, None when it is not.
    """

    call: str
    began: date
    acts: frozenset[str]
    keeping: Keeping = Keeping.ACTIVE
    hold: str | None = None
    blocked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ends:
    """The last days of a recording: on which it can be listened to, on which it exists."""

    active: date
    blocked: date


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one recording, and by which act's term ("" for none)."""

    call: str
    next: Next
    act: str
    ends: Ends


@dataclass(frozen=True, slots=True)
class Unproven:
    """A recording that its row lets be destroyed and the evidence's log does not: it is left, and named."""

    call: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do on a day by these terms.

    strange: acts of recordings that no term names; they are kept. strays: files in quarantine, by their path, that were
    kept as long as a recording without an act. unreadable: calls whose rows say what none of ours can. unproven: what
    would be destroyed if rows alone counted.
    """

    day: date
    terms: Terms
    steps: tuple[Step, ...] = ()
    stay: int = 0
    strange: frozenset[str] = field(default_factory=frozenset)
    strays: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    unproven: tuple[Unproven, ...] = ()

    def of(self, wanted: Next) -> tuple[Step, ...]:
        """Give the steps of one kind."""
        return tuple(step for step in self.steps if step.next is wanted)


def years_after(day: date, years: int) -> date:
    """Give the last day of so many calendar years from a day on; 29 February ends on the 28th in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def term_of(kept: Kept, terms: Terms) -> tuple[Term, str] | None:
    """Give the longest term of a recording's acts, and whose it is; None when an act has none: it is kept."""
    if not kept.acts:
        return terms.without, ""
    if not kept.acts <= terms.acts.keys():
        return None
    longest = max(sorted(kept.acts), key=lambda act: _length(terms.acts[act]))
    active = max(terms.acts[act].active_years for act in kept.acts)
    whole = terms.acts[longest].active_years + terms.acts[longest].blocked_years
    return Term(active, whole - active), longest


def ends(began: date, term: Term) -> Ends:
    """Say a recording's last days."""
    whole = years_after(began, term.active_years + term.blocked_years)
    return Ends(years_after(began, term.active_years), whole)


def step_of(kept: Kept, term: Term, act: str, today: date) -> Step:
    """Say what becomes of a recording today."""
    last = ends(kept.began, term)
    return Step(kept.call, _next(kept, last, today), act, last)


def planned(recordings: Iterable[Kept], terms: Terms, today: date) -> Plan:
    """Plan a run over recordings."""
    steps: list[Step] = []
    strange: set[str] = set()
    stay = 0
    for kept in recordings:
        found = term_of(kept, terms)
        if found is None:
            strange |= kept.acts - terms.acts.keys()
            stay += 1
            continue
        step = step_of(kept, *found, today)
        if step.next is Next.STAYS:
            stay += 1
        else:
            steps.append(step)
    return Plan(today, terms, tuple(steps), stay, frozenset(strange))


def longest(terms: Terms) -> Term:
    """Give the term that is over last whatever was agreed to in a call: of one that nobody knows that of."""
    every = (terms.without, *terms.acts.values())
    active, whole = max(term.active_years for term in every), max(map(_length, every))
    return Term(active, whole - active)


def is_over(began: date, acts: frozenset[str] | None, terms: Terms, today: date) -> bool:
    """Whether all years of a recording are over that began on a day, with consents to these acts (None: unknown)."""
    found = term_of(Kept("", began, acts), terms) if acts is not None else (longest(terms), "")
    return found is not None and today > ends(began, found[0]).blocked


def stray_is_over(found: date, terms: Terms, today: date) -> bool:
    """Say whether a file that belongs to no recording was in quarantine for all the years of one without an act."""
    return today > ends(found, terms.without).blocked


def _next(kept: Kept, last: Ends, today: date) -> Next:
    over = last.active if kept.keeping is Keeping.ACTIVE else last.blocked
    if kept.keeping is Keeping.DESTROYED or today <= over:
        return Next.STAYS
    if kept.hold is not None:
        return Next.HELD
    if kept.keeping is Keeping.ACTIVE:
        return Next.BLOCK
    return Next.DESTROY if _blocked_long_enough(kept.blocked_on, today) else Next.STAYS


def _blocked_long_enough(since: date | None, today: date) -> bool:
    return since is not None and today - since >= timedelta(seconds=LEAST_BLOCKED_S)


def _length(term: Term) -> int:
    return term.active_years + term.blocked_years
