"""The bench: who is signed in and who is free, by skill profile, longest idle first.

A centre with ten thousand agents has some two hundred profiles; a decision looks at profiles only, so its
cost does not grow with the number of agents. Agents of one profile who have room for the same contacts are one
*row*. Which rows fit a step, and how well, is found once and kept (`Ranks`).
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from queues.conditions import Profile, holds, proficiency, profile_of
from queues.interest import Interest
from queues.wishes import Named, Step

__all__ = ["Bench", "Choice", "Fit", "Profile", "Ranks", "Row", "Taken", "fit", "profile_of"]

Idle = tuple[float, float, str]
"""How an idle agent stands in a row: what balances (0 when nothing does), idle since, name."""


class Fit(NamedTuple):
    """How well a profile fits a step; more is better: a named agent's score, then language, then skill."""

    score: float
    language: int
    skill: int


def fit(profile: Profile, step: Step) -> Fit | None:
    """Say how well a profile fits a step's condition, None when it does not."""
    if not holds(step.condition, profile):
        return None
    skill = proficiency(profile.skills, step.skill) if step.skill else 0
    return Fit(0.0, proficiency(profile.languages, step.language), skill)


class Choice(NamedTuple):
    """The agent a step comes down to."""

    agent: str
    idle_since: float
    fit: Fit


@dataclass(slots=True, eq=False)
class Row:
    """The seats of one profile with `room` for these channels (None: for all). `interest`: lines that may want them."""

    number: int
    profile: Profile
    room: frozenset[str] | None
    on_duty: bool
    seated: int = 0
    idle: list[Idle] = field(default_factory=list)
    ranks: list["Ranks"] = field(default_factory=list)
    interest: Interest = field(default_factory=Interest)


@dataclass(slots=True, eq=False)
class Ranks:
    """The rows that fit one step, and of how many somebody is signed in and on duty."""

    step: Step
    fits: dict[Row, Fit] = field(default_factory=dict)
    seated: int = 0

    def take_in(self, row: Row) -> None:
        """Count a row that has just been made, if it fits."""
        how_well = fit(row.profile, self.step)
        if how_well is not None and (row.room is None or self.step.channel in row.room):
            self.fits[row] = how_well
            row.ranks.append(self)
            self.seated += row.on_duty and row.seated > 0


class Taken:
    """Who is given away in one pass, so that nobody is given twice."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._passed: dict[Row, int] = {}

    def first(self, row: Row) -> Idle | None:
        """Find the first in a row who is not taken."""
        at = self._passed.get(row, 0)
        while at < len(row.idle) and row.idle[at][2] in self.names:
            at += 1
            self._passed[row] = at
        return row.idle[at] if at < len(row.idle) else None


class Bench:
    """Signed-in agents by row. No clock, no I/O.

    What a pass must look at gathers in `fresh` (rows that somebody became free in), `flipped` (steps that lost their
    last agent or got their first) and `born` (new rows), until it is taken away.
    """

    def __init__(self, capacity: Mapping[str, int] | None = None, *, balance: bool = False) -> None:
        self.version = 0  # grows whenever the answer to "who could ever fit" may have changed
        self.rows: list[Row] = []
        self.fresh: dict[Row, None] = {}
        self.flipped: dict[Ranks, None] = {}
        self.born: list[Row] = []
        self.offered: dict[Row, None] = {}  # rows on duty with somebody idle
        self._capacity, self._balance = capacity or {}, balance
        self._row_for: dict[tuple[Profile, frozenset[str] | None], Row] = {}
        self._row_of: dict[str, Row] = {}
        self._idle: dict[str, tuple[Row, Idle]] = {}
        self._ranks: dict[Step, Ranks] = {}
        self._off_duty: frozenset[str] = frozenset()

    @property
    def anybody_free(self) -> bool:
        """Whether there is anyone at all to offer a call to."""
        return bool(self._idle)

    @property
    def free_agents(self) -> AbstractSet[str]:
        """The names of those free."""
        return self._idle.keys()

    def profile(self, name: str) -> Profile:
        """Give the profile of a seated agent. Raises KeyError for anybody else."""
        return self._row_of[name].profile

    def is_seated(self, name: str) -> bool:
        """Whether this agent is counted as signed in."""
        return name in self._row_of

    def seat(self, name: str, profile: Profile) -> None:
        """Count an agent as signed in; seating again with another profile moves the agent."""
        self.unseat(name)
        row = self._row(profile, None)
        self._row_of[name] = row
        self._count(row, 1)

    def unseat(self, name: str) -> None:
        """Forget an agent; one who is not there is no fault."""
        self.busy(name)
        row = self._row_of.pop(name, None)
        if row is not None:
            self._count(row, -1)

    def free(
        self, name: str, idle_since: float, occupancy: float = 0.0, carrying: Collection[str] = ()
    ) -> None:
        """Mark a seated agent as free since then. One who is not seated is ignored.

        `occupancy`: share of the signed-in time spent with callers up to now, 0 to 1, weighed when the institution
        balances it. `carrying`: the channels of contacts the agent has already; nobody without room is free.
        """
        self.busy(name)
        row = self._row_of.get(name)
        room = self._room(carrying)
        if row is None or (room is not None and not room):
            return
        row = self._row(row.profile, room)
        idle = (occupancy if self._balance else 0.0, idle_since, name)
        insort(row.idle, idle)
        self._idle[name] = row, idle
        if row.on_duty:
            self.fresh[row] = self.offered[row] = None

    def busy(self, name: str) -> None:
        """Mark an agent as not free; one who was not free is no fault."""
        stood = self._idle.pop(name, None)
        if stood is not None:
            row, idle = stood
            del row.idle[bisect_left(row.idle, idle)]
            if not row.idle:
                self.offered.pop(row, None)

    def duty(self, off: frozenset[str]) -> None:
        """Offer nothing to these teams, whose shift is over, until another word; what they have goes on."""
        for row in self.rows:
            on = row.profile.team not in off
            if row.on_duty != on:
                self._turn(row, on=on)
        self._off_duty = off

    def row_of(self, name: str) -> Row | None:
        """Give the row of a seated agent who is on duty."""
        row = self._row_of.get(name)
        return row if row is not None and row.on_duty else None

    def row_free(self, name: str) -> Row | None:
        """Give the row that a free agent on duty stands in."""
        stood = self._idle.get(name)
        return stood[0] if stood is not None and stood[0].on_duty else None

    def ranks(self, step: Step) -> Ranks:
        """Give the rows that fit a step; kept in line with those who sign in."""
        ranks = self._ranks.get(step)
        if ranks is None:
            ranks = self._ranks[step] = Ranks(step)
            for row in self.rows:
                ranks.take_in(row)
        return ranks

    def pick(self, ranks: Ranks, rows: Mapping[Row, None], taken: Taken) -> Choice | None:
        """Choose who takes a call among the free of these rows: best fit, then what balances, then longest idle."""
        best: tuple[int, int, Idle] | None = None
        fits = ranks.fits
        for row in rows if len(rows) < len(fits) else [row for row in fits if row in rows]:
            how_well = fits.get(row)
            if how_well is None or not row.idle or (first := taken.first(row)) is None:
                continue
            found = (-how_well.language, -how_well.skill, first)
            if best is None or found < best:
                best = found
        if best is None:
            return None
        language, skill, (_, idle_since, name) = best
        return Choice(name, idle_since, Fit(0.0, -language, -skill))

    def pick_named(self, ranks: Ranks, named: Iterable[Named], now: float, taken: Taken) -> Choice | None:
        """Choose among the agents whom a wish names: best score, then best fit, then as `pick`."""
        least = ranks.step.named or 0.0
        found = []
        for one in named:
            row = self.row_free(one.agent)
            if row in ranks.fits and one.agent not in taken.names and now < one.holds_until(least):
                how_well = ranks.fits[row]._replace(score=one.score_at(now))
                found.append((tuple(-better for better in how_well), self._idle[one.agent][1], how_well))
        if not found:
            return None
        _, (_, idle_since, name), how_well = min(found)
        return Choice(name, idle_since, how_well)

    def rows_for(self, step: Step) -> frozenset[Profile]:
        """Say which profiles with somebody signed in fit a step; none for one that asks for named agents."""
        if step.named is not None:
            return frozenset()
        return frozenset(row.profile for row in self.ranks(step).fits if row.seated and row.on_duty)

    def anybody_seated(self, step: Step) -> bool:
        """Whether anybody signed in, free or not, fits a step."""
        return self.ranks(step).seated > 0

    def seated_for(self, steps: Iterable[Step]) -> list[str]:
        """Name everybody signed in who fits one of these steps."""
        profiles = frozenset[Profile]().union(*(self.rows_for(step) for step in steps))
        return [name for name, row in self._row_of.items() if row.profile in profiles]

    def seated(self) -> Iterator[tuple[str, Profile]]:
        """List everybody signed in."""
        return ((name, row.profile) for name, row in self._row_of.items())

    # Inside ------------------------------------------------------------------------------------------

    def _row(self, profile: Profile, room: frozenset[str] | None) -> Row:
        row = self._row_for.get((profile, room))
        if row is None:
            row = Row(len(self.rows), profile, room, profile.team not in self._off_duty)
            self._row_for[profile, room] = row
            self.rows.append(row)
            self.born.append(row)
            for ranks in self._ranks.values():
                ranks.take_in(row)
        return row

    def _count(self, row: Row, change: int) -> None:
        """Count seats; the first and the last of a row decide whether its steps have anybody."""
        before, row.seated = row.seated, row.seated + change
        if row.on_duty and (before == 0 or row.seated == 0):
            self._flip(row, 1 if before == 0 else -1)
        self.version += before == 0 or row.seated == 0

    def _turn(self, row: Row, *, on: bool) -> None:
        row.on_duty = on
        if row.seated:
            self._flip(row, 1 if on else -1)
        self.version += 1
        if row.idle and on:
            self.fresh[row] = self.offered[row] = None
        elif not on:
            self.offered.pop(row, None)

    def _flip(self, row: Row, change: int) -> None:
        for ranks in row.ranks:
            before, ranks.seated = ranks.seated, ranks.seated + change
            if before == 0 or ranks.seated == 0:
                self.flipped[ranks] = None

    def _room(self, carrying: Collection[str]) -> frozenset[str] | None:
        """Say which channels an agent with these contacts can still take; None: all.

        A channel of which an agent may have n contacts takes 1/n of the agent with each.
        """
        if not carrying:
            return None
        left = 1 - sum(Fraction(n, self._most(channel)) for channel, n in Counter(carrying).items())
        channels = {*self._capacity, *carrying}
        return frozenset(channel for channel in channels if Fraction(1, self._most(channel)) <= left)

    def _most(self, channel: str) -> int:
        return self._capacity.get(channel, 1)
