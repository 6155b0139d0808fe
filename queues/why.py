"""Why a caller is not served yet: which steps are open, who fits each, and why none of those can take the call now.

As figures with codes (for the wall, which says them in six languages) and in English sentences (for the log).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from queues.agents import Agent, State
from queues.conditions import holds, profile_of
from queues.hall import Hall
from queues.wishes import Step, Wish


class Hindrance(StrEnum):
    """Why an agent who fits does not take a call now."""

    BUSY = "busy"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    SIGNED_OUT = "signed_out"
    UNREACHABLE = "unreachable"
    OFF_SHIFT = "off_shift"
    FREE = "free"  # the step is not open yet; or they are kept for this caller, who is away; or due to one before


@dataclass(frozen=True, slots=True)
class StepNow:
    """A step as it stands: open or not, early or not, in how many seconds it opens, who fits and what hinders them."""

    step: Step
    open: bool
    early: bool
    opens_in_s: float
    hindered: tuple[tuple[Hindrance, int], ...]

    @property
    def fitting(self) -> int:
        """How many enrolled agents fit, whatever they are doing."""
        return sum(many for _, many in self.hindered)


@dataclass(frozen=True, slots=True)
class WhyNotYet:
    """Why this caller waits. `away`: their session is, so they are offered nobody for the moment."""

    wish: Wish
    at: float
    position: int
    away: bool
    steps: tuple[StepNow, ...]

    hindered: tuple[tuple[Hindrance, int], ...]
    """Those who fit any step that is open, each agent once, by what hinders them."""

    @property
    def nobody_ever(self) -> bool:
        """Whether no enrolled agent could take this call, however long it waits."""
        return all(step.fitting == 0 for step in self.steps)

    @property
    def nobody_here(self) -> bool:
        """Whether nobody who is signed in could take it, however long it waits."""
        gone = {Hindrance.SIGNED_OUT, Hindrance.OFF_SHIFT, Hindrance.UNREACHABLE}
        return all(why in gone for step in self.steps for why, _ in step.hindered)

    @property
    def next_opens_in_s(self) -> float | None:
        """Seconds until the next step opens, None when all are open."""
        waits = [step.opens_in_s for step in self.steps if not step.open]
        return min(waits, default=None)


def why_not_yet(hall: Hall, call: str, at: float) -> WhyNotYet | None:
    """Say why this caller is not served; None for one who is not in line."""
    wish = hall.router.waiting.get(call)
    if wish is None:
        return None
    opened = {one.step: one.early for one in hall.router.open_steps(call, at)}
    ages = hall.router.opening(call, at)
    steps = tuple(
        StepNow(
            step,
            step in opened,
            opened.get(step, False),
            max(0.0, wish.since + ages.get(step, step.after_s) - at),
            _hindered(hall, wish, (step,), at),
        )
        for step in hall.router.steps(call)
        if wish.since + step.until_s > at and (wish.named or step.named is None)
    )
    position, away = hall.router.position(call) or 1, call in hall.away_since
    now = _hindered(hall, wish, [one.step for one in steps if one.open], at)
    return WhyNotYet(wish, at, position, away, steps, now)


def _hindered(
    hall: Hall, wish: Wish, steps: Collection[Step], at: float
) -> tuple[tuple[Hindrance, int], ...]:
    """Count those who fit any of these steps, each once, by what hinders them."""
    found = Counter(
        _hindrance(hall, agent, at)
        for agent in hall.people.values()
        if any(_fits(wish, step, agent, at) for step in steps)
    )
    return tuple((why, found[why]) for why in Hindrance if found[why])


def _fits(wish: Wish, step: Step, agent: Agent, at: float) -> bool:
    named = step.named is None or any(
        one.agent == agent.name and at < one.holds_until(step.named or 0.0) for one in wish.named
    )
    return named and holds(step.condition, profile_of(agent))


def _hindrance(hall: Hall, agent: Agent, at: float) -> Hindrance:
    state, shift = hall.states[agent.name].state, hall.router.rules.shifts.get(agent.team)
    if state is not State.SIGNED_OUT and not hall.is_reachable(agent.name):
        return Hindrance.UNREACHABLE
    if state is not State.SIGNED_OUT and shift is not None and not shift.is_open(at):
        return Hindrance.OFF_SHIFT
    return _OF_STATE[state]


_OF_STATE: Final = {
    State.SIGNED_OUT: Hindrance.SIGNED_OUT,
    State.READY: Hindrance.FREE,
    State.RESERVED: Hindrance.BUSY,
    State.RINGING: Hindrance.BUSY,
    State.AWAITING: Hindrance.BUSY,
    State.TALKING: Hindrance.BUSY,
    State.WRAP_UP: Hindrance.WRAP_UP,
    State.PAUSED: Hindrance.PAUSED,
}


WORDS: Final = {
    Hindrance.BUSY: "busy with a call",
    Hindrance.WRAP_UP: "finishing a contact",
    Hindrance.PAUSED: "paused",
    Hindrance.SIGNED_OUT: "not signed in",
    Hindrance.UNREACHABLE: "signed in, but the telephone is not reachable",
    Hindrance.OFF_SHIFT: "outside the hours of their team",
    Hindrance.FREE: "free",
}


def sentences(why: WhyNotYet) -> tuple[str, ...]:
    """Say it in English, one thing a line."""
    return tuple(_sentences(why))


def _sentences(why: WhyNotYet) -> Iterator[str]:
    wish = why.wish
    yield (
        f"Call {wish.call} waits: {wish.subject}, {wish.language}, level {wish.level}, priority {wish.priority}; "
        f"routing age {why.at - wish.since:.0f} s, position {why.position}."
    )
    if wish.named:
        yield f"Their own, who spoke with them before: {', '.join(_own(wish, why.at))}."
    if why.away:
        yield "Their session is away for a moment; the turn is kept, and nobody is offered to them."
    if why.nobody_ever:
        yield "Nobody who is enrolled could ever take this call: train somebody, or change the rules of routing."
    elif why.nobody_here:
        yield "Nobody who is signed in and on duty could take this call, however long it waits."
    for number, step in enumerate(why.steps, start=1):
        who = _who(step, away=why.away)
        yield f"Step {number} (rule {step.step.rule}), {step.step.sentence}: {_standing(step)}; {who}."
    if why.next_opens_in_s not in {None, inf}:
        yield f"The next step opens in {why.next_opens_in_s:.0f} s."
    elif why.steps:
        yield "All steps are open; the first who fits and is free takes the call in its turn."


def _own(wish: Wish, at: float) -> Iterator[str]:
    """Say whom a wish names, with what is left of their scores."""
    for one in wish.named:
        yield f"{one.agent} with a score of {one.score_at(at):.0f}"


def _standing(step: StepNow) -> str:
    if not step.open:
        return f"opens in {step.opens_in_s:.0f} s"
    return "open before its time, for nobody signed in fits an earlier step" if step.early else "open"


def _who(step: StepNow, *, away: bool) -> str:
    if not step.hindered:
        return "nobody enrolled fits"
    said = ", ".join(f"{many} {WORDS[why]}" for why, many in step.hindered)
    free = step.open and step.hindered[-1][0] is Hindrance.FREE
    whose = (
        ""
        if not free
        else ", but offered nobody who is away"
        if away
        else " but due to a caller who goes before"
    )
    return f"of those who fit {said}{whose}"
