"""Why this caller got this agent, in figures and in sentences."""

from dataclasses import dataclass

from queues.rows import Choice
from queues.wishes import Step, Wish


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why this caller got this agent, as figures. `explain` says them in sentences.

    `occupancy`: the agent's share of the signed-in time with callers, where that decides; None where idleness does.
    """

    wish: Wish
    at: float
    step: Step
    early: bool
    language_proficiency: int
    skill: int
    idle_since: float
    score: float = 0.0
    occupancy: float | None = None

    @classmethod
    def of(
        cls, wish: Wish, at: float, step: Step, choice: Choice, *, early: bool, balanced: bool
    ) -> "Reasons":
        """Give the reasons of a choice."""
        how_well = choice.fit
        return cls(
            wish, at, step, early, how_well.language, how_well.skill, choice.idle_since, how_well.score,
            choice.balanced if balanced else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A decision: this caller to this agent, and why."""

    call: str
    agent: str
    reasons: Reasons


def explain(pair: Pair) -> tuple[str, ...]:
    """Say the reasons of a decision in sentences, nothing personal in them but the agent's name."""
    why, wish = pair.reasons, pair.reasons.wish
    opened = "nobody signed in fits an earlier step" if why.early else "its time has come"
    named = f"the caller's own with a score of {why.score:.0f}, " if why.score else ""
    return (
        who(wish) + f", priority {wish.priority}",
        f"routing age {why.at - wish.since:.1f} s; nobody who fits was due before in this pass",
        f"rule {why.step.rule}, step {why.step.sentence} ({opened})",
        f"{pair.agent} fits best: {named}language {why.language_proficiency}, skill {why.skill}",
        f"{pair.agent} is {_chosen(why)}",
    )


def _chosen(why: Reasons) -> str:
    idle = f"{why.at - why.idle_since:.1f} s"
    if why.occupancy is None:
        return f"the longest idle of those: {idle}"
    return f"the least occupied of those: {why.occupancy:.0%} of the signed-in time; idle for {idle}"


def who(wish: Wish) -> str:
    """Name a wish without naming the caller."""
    return f"call {wish.call}: {wish.subject}, {wish.language}, level {wish.level}"
