"""The router as plainly as can be: every pass looks at every caller, every step and every agent.

No index, no memory of earlier passes, nothing kept but who is there. It says what `queues.router` must decide.
"""

from dataclasses import dataclass

from queues.agents import Agent
from queues.conditions import ANYBODY, AtLevel, Condition, Not, OfTeam, Skilled, every, holds, profile_of
from queues.rules import filled, rule_of, steps_of
from queues.wishes import Kind, Rules, Step, Wish, kind_of


@dataclass(frozen=True)
class Free:
    """A free agent: idle since, how occupied until then."""

    since: float
    occupancy: float


def floor_of(kind: Kind, rules: Rules) -> Condition:
    """Say what no waiting ever lowers for a wish of this kind."""
    own = filled(rule_of(kind, rules).floor or ANYBODY, kind, rules)
    if kind.level == 2:
        trained = () if kind.subject == "general" else (Skilled(kind.subject, rules.least_skill),)
        return every(own, AtLevel(2), *trained, *(Not(OfTeam((team,))) for team in rules.external))
    barred = (team for team, about in rules.external.items() if kind.subject not in about)
    return every(own, *(Not(OfTeam((team,))) for team in barred))


class Plain:
    """The same interface as the router's."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.seated: dict[str, Agent] = {}
        self.idle: dict[str, Free] = {}
        self.waiting: dict[str, Wish] = {}
        self.kept: dict[str, float] = {}
        self.resting: set[str] = set()

    def seat(self, agent: Agent) -> None:
        self.busy(agent.name)
        self.seated[agent.name] = agent

    def unseat(self, name: str) -> None:
        self.busy(name)
        self.seated.pop(name, None)

    def free(self, name: str, since: float, occupancy: float = 0.0) -> None:
        self.busy(name)
        if name in self.seated:
            self.idle[name] = Free(since, occupancy)

    def busy(self, name: str) -> None:
        self.idle.pop(name, None)
        self.resting.discard(name)

    def rest(self, name: str) -> None:
        self.busy(name)
        if name in self.seated:
            self.resting.add(name)

    def join(self, wish: Wish) -> None:
        self.leave(wish.call)
        self.waiting[wish.call] = wish

    def leave(self, call: str) -> None:
        self.kept.pop(call, None)
        self.waiting.pop(call, None)

    def away(self, call: str, until: float) -> None:
        if call in self.waiting:
            self.kept[call] = until

    def route(self, now: float) -> list[tuple[str, str]]:
        taken: set[str] = set()
        pairs = []
        for wish in sorted(self.waiting.values(), key=lambda wish: wish.order):
            if self.kept.get(wish.call, now) < now:
                continue
            agent = self.best(wish, now, taken)
            if agent is not None:
                taken.add(agent)
                if wish.call not in self.kept:
                    pairs.append((wish.call, agent))
        return pairs

    def best(self, wish: Wish, now: float, taken: set[str]) -> str | None:
        for step in self.open(wish, now):
            fit = [name for name in self.fitting(wish, step, now) if name in self.idle and name not in taken]
            if fit:
                return min(fit, key=lambda name: self.rank(name, wish, step, now))
        return None

    def open(self, wish: Wish, now: float) -> list[Step]:
        found, waiting_is_useless, held_s = [], True, 0.0
        for step in steps_of(kind_of(wish), self.rules):
            if wish.since + step.until_s <= now:
                continue
            held = held_s > 0 and wish.since + held_s > now
            if wish.since + max(step.after_s, held_s) <= now or (waiting_is_useless and not held):
                found.append(step)
            here = self.fitting(wish, step, now)
            if step.named is not None:  # preferring somebody keeps nobody waiting, but for the hold
                held_s = max(held_s, step.holds_s) if set(here) - self.resting else held_s
            elif not step.skip or here:
                waiting_is_useless = False
        return found

    def fitting(self, wish: Wish, step: Step, now: float) -> list[str]:
        """Name everybody signed in and on duty who fits a step, free or not."""
        return [
            name
            for name, agent in self.seated.items()
            if holds(step.condition, profile_of(agent)) and self.on_duty(agent, now)
            if step.named is None or self.score(name, wish, step.named, now) is not None
        ]

    def on_duty(self, agent: Agent, now: float) -> bool:
        shift = self.rules.shifts.get(agent.team)
        return shift is None or shift.is_open(now)

    def score(self, name: str, wish: Wish, least: float, now: float) -> float | None:
        scores = [
            one.score_at(now) for one in wish.named if one.agent == name and now < one.holds_until(least)
        ]
        return max(scores, default=None)

    def rank(self, name: str, wish: Wish, step: Step, now: float) -> tuple[float, ...] | tuple[object, ...]:
        agent, idle = self.seated[name], self.idle[name]
        score = 0.0 if step.named is None else self.score(name, wish, step.named, now) or 0.0
        occupancy = idle.occupancy if self.rules.choice == "occupancy" else 0.0
        return (
            -score,
            -agent.languages.get(step.language, 0),
            -(agent.skills.get(step.skill, 0) if step.skill else 0),
            occupancy,
            idle.since,
            name,
        )
