"""How far a call can come: the steps that follow one another, over all flows, the machine's own keys included."""

from collections.abc import Callable, Collection, Iterable, KeysView

from dialplans.flows import ChooseLanguage, Flow, KeyIn, Menu, Person, Record, Serve, Step
from dialplans.institution import Institution
from dialplans.ways import answers, place, targets

Ways = Callable[[Institution, str], Collection[str]]


def ways(institution: Institution, name: str) -> set[str]:
    """Give the whole names of the steps that can follow this one, the machine's own keys included.

    The step after a sub-flow follows the step that calls it.
    """
    flow, _, _ = name.partition("/")
    shape, step = institution.flows[flow], institution.steps[name]
    follow = list((answers(shape, step) if isinstance(step, Serve) else targets(step)).values())
    follow += _own(shape, step)
    return {place(flow, target) for target in follow}


def _own(shape: Flow, step: Step) -> list[str]:
    """Give where the machine itself leads from a step."""
    match step:
        case Menu():
            return [shape.person, *([shape.language] if shape.language else [])]
        case ChooseLanguage() | KeyIn():
            return [shape.person]
        case Person():
            return [shape.farewell, *([shape.goodbye] if shape.goodbye else [])]
        case _:
            return []


def reached(institution: Institution, begin: Iterable[str], follow: Ways = ways) -> KeysView[str]:
    """Give every step that can be reached from these, themselves included, the nearest first."""
    found = list(dict.fromkeys(begin))
    seen = set(found)
    for name in found:  # grows while it is read
        ahead = sorted(one for one in follow(institution, name) if one not in seen)
        seen.update(ahead)
        found += ahead
    return dict.fromkeys(found).keys()


def records(institution: Institution, number: str) -> tuple[str, Record] | None:
    """Give the step of kind record that a dialled number's calls come to soonest; None when they come to none.

    KeyError for a number that is not ours.
    """
    found = reached(institution, [institution.start_of(number)])
    steps = ((name, institution.steps[name]) for name in found)
    return next(((name, step) for name, step in steps if isinstance(step, Record)), None)
