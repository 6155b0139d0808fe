"""The router: decisions a second and their p99, queue update included, beside a plain scan on the same events.

One round: an agent becomes free, and the router is asked; a caller joins, and it is asked. Pairs are carried out
(the caller leaves the line, the agent is busy). All agents but those few that nobody wants are busy, and as many
callers wait as the size says: the worst hour of a centre. A happening's time is everything from the happening to the
pair carried out; a decision's is the time of all happenings by the pairs made. Every hour is passed three times and
each happening keeps its least time: what else this machine did is in the longer ones. Both engines decide the same, or
the run fails. `make bench-routing` takes about two minutes; `--quick` some seconds.
"""

import heapq
import platform
import random
import sys
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from statistics import mean, quantiles
from typing import Protocol

from rich.console import Console
from rich.table import Table

from queues.agents import Agent, Event, Happening
from queues.conditions import Profile, profile_of
from queues.hall import Hall
from queues.limits import Limits
from queues.router import Router
from queues.rows import Fit, fit
from queues.rules import steps_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of

PROFILES, SKILLS, SKILLS_EACH = 200, 50, 5
LANGUAGES = ("es", "ca", "eu")
SIZES = ((200, 100), (1_000, 500), (2_000, 1_000), (10_000, 5_000), (20_000, 10_000))
ROUNDS, MOST_S = 20_000, 6.0
AGAIN = 2  # every hour is passed three times in all
HANDLE_S = 180.0  # how long a call and its wrap-up take, on average
SPREAD_S = 600.0  # how long the longest has been waiting when the clock starts
GOALS = ((1_000, 20.0), (10_000, 200.0))
SLOWER, P99_MS = 2.0, 1.0

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Centre:
    """Who works and who waits; the same for both engines."""

    agents: tuple[Agent, ...]
    wishes: tuple[Wish, ...]


def centre(size: int, waiting: int, seed: int = 7) -> Centre:
    """Make a centre of so many agents of 200 profiles and so many callers."""
    chance = random.Random(seed)  # noqa: S311 - a made-up centre, no secret
    profiles = [_profile(chance) for _ in range(PROFILES)]
    agents = tuple(
        Agent(f"a{number}", "", level, languages, skills)
        for number, (level, languages, skills) in enumerate(chance.choices(profiles, k=size))
    )
    wishes = tuple(wish(chance, number, chance.uniform(0, SPREAD_S)) for number in range(waiting))
    return Centre(agents, wishes)


def _profile(chance: random.Random) -> tuple[int, dict[str, int], dict[str, int]]:
    spoken = {"es", *chance.choices(LANGUAGES, k=2)}
    trained = chance.sample(range(SKILLS), SKILLS_EACH)
    return (
        chance.choices((1, 2), (3, 2))[0],
        {language: chance.randint(2, 5) for language in sorted(spoken)},
        {f"s{skill}": chance.randint(1, 5) for skill in trained},
    )


def wish(chance: random.Random, number: int, since: float) -> Wish:
    """Make a wish: every fourth for the second level, every tenth of a class that goes first."""
    return Wish(
        f"c{number}",
        f"s{chance.randrange(SKILLS)}",
        chance.choices(LANGUAGES, (8, 1, 1))[0],
        chance.choices((1, 2), (3, 1))[0],
        chance.choices((0, 5), (9, 1))[0],
        since,
    )


@dataclass
class Desk:
    """An agent as the scan sees one."""

    name: str
    profile: Profile
    idle_since: float | None = None


class Scan:
    """A plain scan, as one writes it first: who is free of all; then every caller in turn against each of those."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.desks: dict[str, Desk] = {}
        self.line: list[tuple[tuple[int, float, str], Wish]] = []
        self.waiting: dict[str, Wish] = {}
        self.steps: dict[Kind, tuple[Step, ...]] = {}

    def seat(self, agent: Agent) -> None:
        self.desks[agent.name] = Desk(agent.name, profile_of(agent))

    def free(self, name: str, idle_since: float) -> None:
        self.desks[name].idle_since = idle_since

    def busy(self, name: str) -> None:
        self.desks[name].idle_since = None

    def join(self, one: Wish) -> None:
        self.waiting[one.call] = one
        insort(self.line, (one.order, one), key=lambda turn: turn[0])
        self.steps.setdefault(kind_of(one), steps_of(kind_of(one), self.rules))

    def leave(self, call: str) -> None:
        del self.line[bisect_left(self.line, self.waiting.pop(call).order, key=lambda turn: turn[0])]

    def decide(self, now: float) -> Pairs:
        free = [desk for desk in self.desks.values() if desk.idle_since is not None]
        pairs: Pairs = []
        for _, one in self.line:
            if not free:
                break
            best = self._best(one, free, now)
            if best is not None:
                pairs.append((one.call, best.name))
                free.remove(best)
        return pairs

    def _best(self, one: Wish, free: list[Desk], now: float) -> Desk | None:
        steps = self.steps[kind_of(one)]
        for number, step in enumerate(steps):
            if one.since + step.after_s > now and any(map(self._anybody, steps[:number])):
                return None
            fits = [(how_well, desk) for desk in free if (how_well := fit(desk.profile, step))]
            if fits:
                return min(fits, key=_rank)[1]
        return None

    def _anybody(self, step: Step) -> bool:
        return any(fit(desk.profile, step) for desk in self.desks.values())


def _rank(found: tuple[Fit, Desk]) -> tuple[float, ...] | tuple[object, ...]:
    how_well, desk = found
    return (-how_well.language, -how_well.skill, desk.idle_since, desk.name)


class Ours(Router):
    """The router, asked as the scan is."""

    def decide(self, now: float) -> Pairs:
        return [(pair.call, pair.agent) for pair in self.route(now)]


@dataclass
class Run:
    """What one engine did: seconds of each happening with the pairs it led to, and every pair."""

    happenings: list[tuple[float, int]] = field(default_factory=list)
    pairs: Pairs = field(default_factory=list)

    @property
    def per_decision(self) -> float:
        """Seconds for each decision, updates of the queue included."""
        seconds, made = map(sum, zip(*self.happenings, strict=True))
        return float(seconds / made)

    @property
    def p99(self) -> float:
        return quantiles((seconds for seconds, _ in self.happenings), n=100)[98]

    def least(self, again: "Run") -> "Run":
        """Keep the shorter time of each happening: what others of this machine took is in the longer one."""
        return Run([min(pair) for pair in zip(self.happenings, again.happenings, strict=False)], self.pairs)


class Engine(Protocol):
    """What both engines are asked."""

    def seat(self, agent: Agent) -> None: ...
    def free(self, name: str, idle_since: float) -> None: ...
    def busy(self, name: str) -> None: ...
    def join(self, wish: Wish, /) -> None: ...
    def leave(self, call: str) -> None: ...
    def decide(self, now: float) -> Pairs: ...


class Hour:
    """The same worst hour for whichever engine: who becomes free when, and who calls."""

    def __init__(self, engine: Engine, here: Centre) -> None:
        self.engine, self.done, self.now = engine, Run(), SPREAD_S
        self.waiting, self.chance = {one.call for one in here.wishes}, random.Random(11)  # noqa: S311 - as above
        self.most = self.calls = len(here.wishes)
        for agent in here.agents:
            engine.seat(agent)
        for one in here.wishes:
            engine.join(one)
        engine.decide(self.now)  # the lines are known before the clock starts, as in a centre that runs
        every = HANDLE_S / len(here.agents)
        self.talking = [(self.now + rank * every, agent.name) for rank, agent in enumerate(here.agents)]

    def go(self, rounds: int, most_s: float) -> Run:
        """Pass so many rounds, or so many seconds."""
        until = time.perf_counter() + most_s
        for _ in range(rounds):
            if not self.talking or time.perf_counter() > until:
                break
            self.now, name = heapq.heappop(self.talking)
            self._happens(partial(self.engine.free, name, self.now))
            while len(self.waiting) < self.most:
                one = wish(self.chance, self.calls, self.now)
                self.calls += 1
                self.waiting.add(one.call)
                self._happens(partial(self.engine.join, one))
        return self.done

    def _happens(self, happening: Callable[[], None]) -> None:
        began = time.perf_counter()
        happening()
        pairs = self.engine.decide(self.now)
        for call, agent in pairs:
            self.engine.leave(call)
            self.engine.busy(agent)
        self.done.happenings.append((time.perf_counter() - began, len(pairs)))
        self.done.pairs += pairs
        for call, agent in pairs:
            self.waiting.remove(call)
            heapq.heappush(self.talking, (self.now + self.chance.expovariate(1 / HANDLE_S), agent))


@dataclass(frozen=True)
class Measured:
    """One size: ours and the scan."""

    agents: int
    waiting: int
    ours: Run
    scan: Run

    @property
    def times(self) -> float:
        """How many times as many decisions ours makes."""
        return self.scan.per_decision / self.ours.per_decision


def _hour(engine: type[Ours | Scan], here: Centre, rounds: int, most_s: float) -> Run:
    return Hour(engine(Rules()), here).go(rounds, most_s)


def _least(hour: Callable[[], Run]) -> Run:
    """Pass the same hour again and again, and keep the least time of each happening."""
    first = hour()
    for _ in range(AGAIN):
        first = first.least(hour())
    return first


def measure(size: int, waiting: int, rounds: int, most_s: float) -> Measured:
    """Let both pass the same hour. Raises RuntimeError when they decide differently."""
    here = centre(size, waiting)
    ours, scan = (_least(partial(_hour, engine, here, rounds, most_s)) for engine in (Ours, Scan))
    if ours.pairs[: len(scan.pairs)] != scan.pairs[: len(ours.pairs)]:
        raise RuntimeError(f"{size} agents: the router and the scan decide differently")
    return Measured(size, waiting, ours, scan)


def joining(size: int, waiting: int, calls: int) -> list[float]:
    """Seconds of `Hall.want` with the pass after it, everybody busy: a caller joins as one does in the server."""
    here, chance = centre(size, waiting), random.Random(13)  # noqa: S311 - as above
    hall = Hall(here.agents, Rules(), Limits())
    for agent in here.agents:
        hall.happen(agent.name, Event(Happening.SIGN_IN, 0.0, address="browser"))
        hall.happen(agent.name, Event(Happening.PAUSE, 0.0, reason="break"))
    for one in here.wishes:
        hall.want(one, SPREAD_S)
    hall.route(SPREAD_S)
    taken = []
    for number in range(2 * calls):
        one = wish(chance, waiting + number, SPREAD_S)
        began = time.perf_counter()
        hall.want(one, SPREAD_S)
        hall.route(SPREAD_S)
        taken.append(time.perf_counter() - began)
        hall.left(one.call, SPREAD_S)
        hall.drain()
    return taken[calls:]  # in a centre that runs, the kinds of wishes are known


def table(found: list[Measured]) -> Table:
    """Put the sizes under one another."""
    shown = Table(title="Routing: decisions with queue updates, beside a plain scan on the same happenings")
    for head in (
        "agents", "waiting", "ours /s", "us", "p99 us", "scan /s", "us", "p99 us", "times", "growth", "scan's",
    ):  # fmt: skip
        shown.add_column(head, justify="right")
    first = found[0]
    for one in found:
        shown.add_row(
            *(f"{figure:,}" for figure in (one.agents, one.waiting)),
            *(cell for run in (one.ours, one.scan) for cell in _cells(run)),
            f"{one.times:,.0f}",
            f"{one.ours.per_decision / first.ours.per_decision:.2f}",
            f"{one.scan.per_decision / first.scan.per_decision:.1f}",
        )
    return shown


def _cells(run: Run) -> tuple[str, str, str]:
    return f"{1 / run.per_decision:,.0f}", f"{1e6 * run.per_decision:,.1f}", f"{1e6 * run.p99:,.1f}"


def verdicts(found: list[Measured]) -> Iterator[tuple[bool, str]]:
    """Hold the figures against the goals."""
    by = {one.agents: one for one in found}
    for agents, goal in GOALS:
        times = by[agents].times
        yield times >= goal, f"{agents:,} agents: {times:,.0f} times the scan (goal: at least {goal:.0f})"
    slower = by[10_000].ours.per_decision / by[1_000].ours.per_decision
    yield slower <= SLOWER, f"10,000 agents: {slower:.2f} times as slow as 1,000 (goal: at most {SLOWER:.0f})"
    p99 = 1e3 * by[2_000].ours.p99
    yield p99 < P99_MS, f"2,000 agents, 1,000 waiting: p99 {p99:.3f} ms (goal: under {P99_MS:.0f} ms)"


def main() -> None:
    """Measure all sizes and say whether the goals were met; exit code 1 if not."""
    quick = "--quick" in sys.argv
    out = Console(width=120)
    found = []
    for size, waiting in SIZES:
        found.append(measure(size, waiting, ROUNDS // (10 if quick else 1), MOST_S / (8 if quick else 1)))
        out.print(f"{size:,} agents, {waiting:,} waiting: measured", highlight=False)
    out.print(table(found))
    out.print(
        f"{PROFILES} profiles, {SKILLS} skills, {SKILLS_EACH} each; both decided the same. Python "
        f"{platform.python_version()}, {platform.machine()}.",
        highlight=False,
    )
    taken = joining(2_000, 1_000, 2_000)
    out.print(
        f"A caller joins the hall of 2,000 agents, 1,000 waiting (`Hall.want` and a pass): "
        f"{1e6 * mean(taken):,.0f} us, p99 {1e6 * quantiles(taken, n=100)[98]:,.0f} us.",
        highlight=False,
    )
    held = list(verdicts(found))
    for good, said in held:
        out.print(("met     " if good else "NOT MET ") + said, highlight=False)
    sys.exit(not all(good for good, _ in held))


if __name__ == "__main__":
    main()
