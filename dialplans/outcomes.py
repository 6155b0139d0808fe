"""How every self-service can end, whatever it does: the frame around it ends it so.

A service adds outcomes of its own; the flows answer them all, each step or the flow's `[outcomes]` once.
"""

from typing import NamedTuple

FRAME = frozenset({"done", "back", "person", "gave_up", "down"})
"""Told all; # pressed; 0 pressed; keys or silence failed three times; a system behind it did not answer."""

HIGHEST = 3
BY_MACHINE = 2
"""The highest level that a machine proves."""
SECOND_LEVEL = 2
"""The level of service of specialists, and of the team for protected persons; it has nothing to do with identity."""

PERSON, PROTECTED = "person", "protected"
PROOF = frozenset({"refused", "blocked", PROTECTED})
"""Not proven; attempts used up; a protected person, whom no machine serves. Of services with a level."""

VIDEO = frozenset({"video"})
"""The way to level 3, which no machine proves: a person, by video. Of services with that level."""

SUBJECTS = VIDEO | {PROTECTED}
"""Outcomes that only some people may take on: they become the call's subject, and so the skill that is asked."""

_ANY_TIME = FRAME - {"done"}
"""What may come before anything is proven as well as after it."""


def expected(own: frozenset[str], level: int) -> frozenset[str]:
    """Give every outcome that must be answered of a service with these of its own and this level."""
    return own | FRAME | (PROOF if level else frozenset()) | (VIDEO if level >= HIGHEST else frozenset())


class Levels(NamedTuple):
    """Levels of identity around a service: proven before it; asked before it begins; the highest it asks at all."""

    proven: int
    before: int
    most: int


def possible(own: frozenset[str], levels: Levels) -> frozenset[str]:
    """Give the outcomes a service can have for one caller: what is proven already is not asked again."""
    if levels.before >= HIGHEST:  # it never begins: no machine proves so much
        return VIDEO | (_failing(levels) | _ANY_TIME if levels.proven < BY_MACHINE else frozenset())
    return (own - PROOF) | FRAME | _failing(levels)


def _failing(levels: Levels) -> frozenset[str]:
    """Give how a proof can fail; only the questions of level 1 tell of a protected person."""
    if min(levels.most, BY_MACHINE) <= levels.proven:
        return frozenset()
    return PROOF if levels.proven == 0 else PROOF - {PROTECTED}


def proven_after(outcome: str, levels: Levels) -> range:
    """Give the levels that may be proven when a service has ended so, the usual one first."""
    most = max(min(levels.most, BY_MACHINE), levels.proven)
    if outcome in VIDEO:
        return range(most, most + 1)
    if outcome == PROTECTED:
        return range(levels.proven, levels.proven + 1)
    if outcome in PROOF:  # the last proof that was asked failed
        return range(levels.proven, max(most, levels.proven + 1))
    least = levels.proven if outcome in _ANY_TIME else max(levels.proven, min(levels.before, BY_MACHINE))
    return range(least, most + 1)
