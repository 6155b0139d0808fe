"""Whether what a self-service ends with leads to whom it must: key 0 to a person, a protected person to their team."""

from collections.abc import Iterator

from dialplans.check_ways import begins, file_of, steps
from dialplans.faults import Fault
from dialplans.flows import Announce, Branch, Hours, Person, Record, Serve, Speak
from dialplans.institution import Institution
from dialplans.outcomes import PERSON, PROTECTED, SECOND_LEVEL
from dialplans.reach import reached, ways
from dialplans.ways import answers, place


def leading(institution: Institution) -> Iterator[Fault]:
    """Find outcomes that lead elsewhere; all targets must exist."""
    yield from dict.fromkeys(
        [*_protected(institution), *_persons(institution)]
    )  # a table's is one, not each step's
    yield from _lowered(institution)


def _protected(institution: Institution) -> Iterator[Fault]:
    for file, step, target, _ in _answered(institution, PROTECTED):
        if PROTECTED not in institution.subjects:
            what = f"there is no subject {PROTECTED}: anybody would be asked to answer protected persons"
            yield Fault("institution.toml", "", f"subjects.{PROTECTED}", what, f"Add it: {PROTECTED} = {{}}")
        if not _to_their_team(institution, target):
            what = "a protected person would come elsewhere than to the team in charge"
            remedy = f"Lead it to a step of kind person with level = {SECOND_LEVEL} and no subject of its own"
            yield Fault(file, step, f"outcomes.{PROTECTED}", what, remedy)


def _to_their_team(institution: Institution, name: str) -> bool:
    """Whether nothing but words come before a person of the second level, and nothing changes the subject."""
    for _ in institution.steps:
        step = institution.steps[name]
        if step.subject not in {None, PROTECTED}:
            return False
        if not isinstance(step, Speak):
            return isinstance(step, Person) and step.level == SECOND_LEVEL
        name = place(name.partition("/")[0], step.next)
    return False


def _lowered(institution: Institution) -> Iterator[Fault]:
    """Find steps that ask the first level for protected persons."""
    for flow, name, step in steps(institution):
        if isinstance(step, Person) and step.subject == PROTECTED and step.level != SECOND_LEVEL:
            what = "anybody of the first level would be asked to answer protected persons"
            yield Fault(file_of(flow), name, "level", what, f"Write level = {SECOND_LEVEL}")


def _persons(institution: Institution) -> Iterator[Fault]:
    """Find services out of which key 0 leads to nobody, though somebody might answer."""
    asked_before = reached(institution, begins(institution), _while_somebody_answers)
    for file, step, target, service in _answered(institution, PERSON):
        if service in asked_before and not _to_a_person(institution, target):
            what = "who asks for a person here is led to none"
            yield Fault(file, step, f"outcomes.{PERSON}", what, "Lead it to a step of kind person")


def _while_somebody_answers(institution: Institution, name: str) -> set[str]:
    """Give what follows a step, but not where callers go when nobody was there: 0 may lead them back to a menu."""
    flow, step = name.partition("/")[0], institution.steps[name]
    return {place(flow, step.next)} if isinstance(step, Person) else ways(institution, name)


def _to_a_person(institution: Institution, begin: str) -> bool:
    """Whether every way from here comes to a person without anything being asked, while it is open."""
    passed = reached(institution, [begin], _straight_on)
    waiting = [institution.steps[name] for name in passed if not _straight_on(institution, name)]
    return bool(waiting) and all(isinstance(step, Person) for step in waiting)


def _straight_on(institution: Institution, name: str) -> set[str]:
    flow, step = name.partition("/")[0], institution.steps[name]
    match step:
        case Speak() | Announce() | Record():
            return {place(flow, step.next)}
        case Hours():
            return {place(flow, step.open)}
        case Branch():
            return {place(flow, target) for target in (*step.ways.values(), step.otherwise)}
        case _:
            return set()


def _answered(institution: Institution, outcome: str) -> Iterator[tuple[str, str, str, str]]:
    """Give file, step (none: the flow's table), target and service's step of every answer to this outcome."""
    for flow, name, step in steps(institution):
        if isinstance(step, Serve):
            target = answers(institution.flows[flow], step).get(outcome)
            if target is not None:
                where = name if outcome in step.outcomes else ""
                yield file_of(flow), where, place(flow, target), place(flow, name)
