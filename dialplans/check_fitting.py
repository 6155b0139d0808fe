"""Whether the rules of routing leave somebody to be asked: steps that nobody could fit, wishes that nobody could serve.

What always holds (`queues/rules.py`, `house_floor`) counts too: the second level is for the trained alone, a protected
person's wish is for the second level, and an external provider gets only calls of the first level about its subjects.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from dialplans.check_teams import fault
from dialplans.faults import Fault
from dialplans.fitting import Asked, World, anybody, could_fit
from dialplans.institution import Institution
from dialplans.outcomes import PROTECTED, SECOND_LEVEL
from dialplans.routing_file import Able, Routing, RuleShape, StepShape, When


class _Step(NamedTuple):
    """A step, where it stands, and the floors that are part of it."""

    rule: str
    number: int
    written: StepShape
    floors: tuple[When, ...]


def steps(institution: Institution) -> Iterator[Fault]:
    """Find steps that nobody could ever fit, and rules that leave some of their wishes to nobody."""
    routing = institution.routing
    of = anybody(routing.teams, routing.sites)
    served = _served(institution)
    fits: dict[tuple[str, int], bool] = {}
    told = set[str]()
    for rule, wishes in served.items():
        ways = list(_ways(routing.rules, rule))
        unserved = []
        for asked in wishes:
            possible = [(step, _fits(step.written.when, step, asked, routing, of)) for step in ways]
            for step, fit in possible:
                place = (step.rule, step.number)
                fits[place] = fits.get(place, False) or fit
            if not any(fit and _lasts(step.written) for step, fit in possible):
                unserved.append(asked)
        if unserved:
            told.add(rule)
            yield _nobody(rule, unserved)
    for (rule, number), fit in fits.items():
        if not fit and rule not in told:  # else its steps are the lesser fault
            what = "nobody could ever fit: it asks what contradicts itself, a floor, or what always holds"
            yield fault(
                f"rules.{rule}.steps.{number}.when", what, "Ask for what somebody can be, or leave it out"
            )
    yield from _alternatives(routing, served, fits, of)


def _served(institution: Institution) -> dict[str, list[Asked]]:
    """Say which wishes come to each rule: the first that fits serves them; what is left is the house's own."""
    found: dict[str, dict[Asked, None]] = {}
    common = institution.languages[0]
    for asked_level, subject, language, channel in product(
        (1, 2), institution.subjects, institution.languages, ("voice", "text")
    ):
        level = SECOND_LEVEL if subject == PROTECTED else asked_level  # whoever asks for less
        has = {"levels": level, "subjects": subject, "languages": language, "channels": channel}
        for name, rule in institution.routing.rules.items():
            if not rule.only_overflow and all(
                _takes(getattr(rule, field), one) for field, one in has.items()
            ):
                found.setdefault(name, {})[Asked(level, subject, language, common)] = None
                break
    return {name: list(wishes) for name, wishes in found.items()}


def _lasts(step: StepShape) -> bool:
    """Say whether a step asks somebody for any caller, however long they wait."""
    return step.until_s is None and step.prefers is None


def _takes(wanted: tuple[object, ...], has: object) -> bool:
    return not wanted or has in wanted


def _ways(written: Mapping[str, RuleShape], rule: str) -> Iterator[_Step]:
    """Walk a rule's steps and those it overflows to; floors add up."""
    floors: tuple[When, ...] = ()
    here: str | None = rule
    while here is not None:
        shape = written[here]
        floors += (shape.floor,) if shape.floor else ()
        for number, step in enumerate(shape.steps, start=1):
            yield _Step(here, number, step, floors)
        here = shape.overflow.to if shape.overflow else None


def _fits(when: When, step: _Step, asked: Asked, routing: Routing, of: World) -> bool:
    return could_fit((*always(asked, routing), *step.floors, when), asked, of)


def always(asked: Asked, routing: Routing) -> Iterator[When]:
    """Give what is asked for a wish whatever rule serves it."""
    second = asked.level == SECOND_LEVEL or asked.subject == PROTECTED
    if second:
        yield When(level=SECOND_LEVEL, skill=Able(name="subject", least=routing.least_skill))
    barred = tuple(
        name
        for name, team in routing.teams.items()
        if team.external and (second or asked.subject not in team.subjects)
    )
    if barred:
        yield When(no=When(team=barred))


def _nobody(rule: str, wishes: list[Asked]) -> Fault:
    one, more = wishes[0], len(wishes) - 1
    which = f"a wish of level {one.level} about {one.subject} in {one.language}"
    what = f"{which} comes here, and nobody could ever be asked" + (
        f" (and {more} more such)" if more else ""
    )
    remedy = "Write which levels, subjects and languages it serves, or a step for those that come"
    return fault(f"rules.{rule}", what, remedy)


def _alternatives(
    routing: Routing, served: Mapping[str, list[Asked]], fits: Mapping[tuple[str, int], bool], of: World
) -> Iterator[Fault]:
    """Find alternatives (`any`) of a step that nobody could ever fulfil, though the step has others."""
    alive: dict[tuple[str, int, int], bool] = {}
    for rule, wishes in served.items():
        for step, asked in product(_ways(routing.rules, rule), wishes):
            for number, one in enumerate(step.written.when.any, start=1):
                place = (step.rule, step.number, number)
                alone = step.written.when.model_copy(update={"any": (one,)})
                alive[place] = alive.get(place, False) or _fits(alone, step, asked, routing, of)
    for (rule, number, which), holds in alive.items():
        if not holds and fits[rule, number]:
            at = f"rules.{rule}.steps.{number}.when.any"
            yield fault(at, f"nobody could ever fulfil alternative {which}", "Correct it, or leave it out")
