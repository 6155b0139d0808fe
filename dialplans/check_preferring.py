"""Whether a step that prefers the agents who know a caller can be kept, and keeps nobody from being answered."""

from collections.abc import Iterator
from typing import Final

from dialplans.check_teams import fault
from dialplans.faults import Fault
from dialplans.routing_file import RuleShape, StepShape

LONGEST_HOLD_S: Final = 60.0
"""So long a caller may be kept for one agent while others are free: a minute of silence is an answer lost."""


def step(at: str, number: int, rule: RuleShape) -> Iterator[Fault]:
    """Find what cannot be kept of a rule's step (`number`, from 1)."""
    written = rule.steps[number - 1]
    if written.prefers is None:
        yield from _of_others(at, written)
        return
    yield from _first(at, written)
    if written.for_s:
        yield from _hold(at, number, rule)


def _of_others(at: str, written: StepShape) -> Iterator[Fault]:
    for field in ("for_s", "least_score"):
        if field in written.model_fields_set:
            what = "it says nothing of a step that prefers nobody"
            yield fault(f"{at}.{field}", what, 'Leave it out, or write prefers = "last_agent"')


def _first(at: str, written: StepShape) -> Iterator[Fault]:
    """Find what makes it wait, or others wait for somebody whom nobody names."""
    if written.after_s:
        what = f"who knows the caller would be asked only after {written.after_s:.0f} s, when others may have them"
        yield fault(f"{at}.after_s", what, "Leave it out: for_s says for how long the others wait")
    if not written.skip:
        what = "callers whom no agent knows would wait for nobody"
        yield fault(f"{at}.skip", what, "Leave it out: for_s says for how long the others wait")


def _hold(at: str, number: int, rule: RuleShape) -> Iterator[Fault]:
    """Find a hold that is too long, or that holds nothing."""
    written = rule.steps[number - 1]
    if written.for_s > LONGEST_HOLD_S:
        what = f"for {written.for_s:.0f} s nobody else would be asked, though they be free"
        yield fault(f"{at}.for_s", what, f"At most {LONGEST_HOLD_S:.0f}")
    if written.until_s is not None and written.until_s < written.for_s:
        what = f"the step expires at {written.until_s:.0f} s, before its {written.for_s:.0f} s are over"
        yield fault(f"{at}.until_s", what, "Let it expire later, or leave it out")
    if rule.only_overflow:
        what = "who comes by overflow has waited: there nobody is held for one agent"
        yield fault(f"{at}.for_s", what, "Leave it out")
    elif all(later.prefers is not None for later in rule.steps[number:]):
        what = "no other step stands after it that it could hold back"
        yield fault(f"{at}.for_s", what, "Put the step before the others, or leave it out")
