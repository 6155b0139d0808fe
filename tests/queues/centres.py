"""Centres for the engine's tests: rules with everything in them, and random people and wishes."""

from dataclasses import dataclass, replace
from math import inf

from hypothesis import strategies as st

from queues.agents import Agent
from queues.conditions import AtLevel, AtSite, Either, Not, OfTeam, Skilled, Speaks, every
from queues.wishes import Named, Rule, Rules, StepRule, Wish

SUBJECTS = ("pension", "imv", "general")
SKILLS = ("pension", "imv")
LANGUAGES = ("es", "ca")
TEAMS = ("", "morning", "provinces")
NAMES = tuple(f"a{number}" for number in range(6))
CALLS = tuple(f"c{number}" for number in range(8))


@dataclass(frozen=True)
class Hours:
    """A shift: open from one moment to the next, every `every_s`."""

    opens: float
    closes: float
    every_s: float = 400.0

    def is_open(self, at: float) -> bool:
        return self.opens <= at % self.every_s < self.closes

    def changes_at(self, at: float) -> float:
        base = at - at % self.every_s
        edges = [base + cycle * self.every_s + edge for cycle in (0, 1) for edge in (self.opens, self.closes)]
        return min((edge for edge in edges if edge > at), default=inf)


EVERYTHING = Rules(
    rules=(
        Rule(
            "own agent",
            (
                StepRule(every(), named=70.0, skip=False, until_s=20.0),
                StepRule(every(AtLevel(2), Speaks("caller"), Skilled("subject", 3)), 10.0, named=20.0),
                StepRule(every(AtLevel(2), Speaks("caller"), Skilled("subject", 2, 4)), 15.0, until_s=90.0),
                StepRule(Skilled("subject", 1), 60.0, skip=False),
                StepRule(Either((AtSite(("madrid",)), Not(Skilled("imv")))), 100.0),
            ),
            levels=frozenset({2}),
            subjects=frozenset({"pension"}),
            floor=AtLevel(2),
        ),
        Rule(
            "information",
            (
                StepRule(every(AtLevel(1), Speaks("caller"), Not(OfTeam(("provinces",)))), language="caller"),
                StepRule(every(AtLevel(1), Speaks("common")), 30.0, language="common", until_s=200.0),
            ),
            levels=frozenset({1}),
            subjects=frozenset({"general"}),
            overflow="reinforcement",
            overflow_after_s=50.0,
        ),
        Rule("reinforcement", (StepRule(OfTeam(("provinces",))), StepRule(AtLevel(2), 40.0)), serves=False),
    ),
    shifts={"morning": Hours(0.0, 250.0), "provinces": Hours(100.0, 400.0)},
)
HOLDING = replace(
    EVERYTHING,
    rules=(
        Rule(
            "known",
            (
                StepRule(every(AtLevel(1)), named=40.0, holds_s=25.0),
                StepRule(every(AtLevel(1), Speaks("caller")), 10.0),
                StepRule(every(), named=10.0, holds_s=45.0, until_s=120.0),
                StepRule(AtLevel(2), 30.0),
            ),
            subjects=frozenset({"pension"}),
            overflow="reinforcement",
            overflow_after_s=20.0,
        ),
        *EVERYTHING.rules,
    ),
)
RELAXING = Rules(
    rules=(
        Rule(
            "everybody's own",
            (
                StepRule(every(), named=1.0, holds_s=30.0),
                StepRule(every(AtLevel(1), Speaks("caller"))),
                StepRule(AtLevel(1), 60.0),
            ),
            levels=frozenset({1}),
        ),
    ),
)
"""What comes after the hold opens before its time, where nobody of the first level speaks the caller's language."""
BALANCED = Rules(rules=EVERYTHING.rules, choice="occupancy")
PROVIDED = replace(EVERYTHING, external={"provinces": frozenset({"general"})})

proficiency = st.integers(1, 5)
spoken = st.dictionaries(st.sampled_from(LANGUAGES), proficiency, min_size=1)
trained = st.dictionaries(st.sampled_from(SKILLS), proficiency)
moments = st.integers(0, 320).map(float)


@st.composite
def agents(draw: st.DrawFn, name: str | None = None) -> Agent:
    """Anybody; a few profiles come again and again."""
    who = name or draw(st.sampled_from(NAMES))
    return Agent(
        who, who, draw(st.sampled_from((1, 2))), draw(spoken), draw(trained), draw(st.sampled_from(TEAMS)),
        draw(st.sampled_from(("", "madrid"))),
    )  # fmt: skip


named = st.builds(
    Named,
    st.sampled_from(NAMES),
    st.sampled_from((100.0, 70.0, 50.0)),
    moments,
    st.sampled_from((10.0, 200.0)),
)


@st.composite
def wishes(draw: st.DrawFn, latest: float = 320.0) -> Wish:
    """Any wish that began by now."""
    return Wish(
        draw(st.sampled_from(CALLS)),
        draw(st.sampled_from(SUBJECTS)),
        draw(st.sampled_from(LANGUAGES)),
        draw(st.sampled_from((1, 2))),
        draw(st.sampled_from((0, 0, 5))),
        min(latest, draw(moments)),
        draw(st.sampled_from(("voice", "voice", "text"))),
        tuple(draw(st.lists(named, max_size=2)) if draw(st.booleans()) else ()),
    )
