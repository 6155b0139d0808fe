"""Whether a call can go round for ever: where nobody is asked, or where nobody answers what is asked."""

from collections.abc import Callable, Iterator

from dialplans.check_ways import file_of, steps
from dialplans.faults import Fault
from dialplans.flows import Call, ChooseLanguage, Flow, HangUp, KeyIn, Menu, Person, Return, Serve, Step
from dialplans.institution import Institution
from dialplans.reach import Ways, reached
from dialplans.ways import answers, place, targets

_Ahead = Callable[[Flow, Step], list[str]]

_WORDLESS = ("down", "blocked")
"""How a service ends that has asked nothing: a system is down, or the number is barred from being asked."""

_SILENT = (*_WORDLESS, "gave_up")


def rings(institution: Institution) -> Iterator[Fault]:
    """Find steps that come round to themselves; all targets must exist."""
    unasked, unanswered = _following(_wordless), _following(_silent)
    for flow, name, step in steps(institution):
        whole = place(flow, name)
        if whole in reached(institution, unasked(institution, whole), unasked):
            what = "this goes round without ever asking the caller"
            yield Fault(file_of(flow), name, "", what, "Put a menu into the ring, or lead it elsewhere")
        elif isinstance(step, KeyIn | Serve) and whole in reached(
            institution, unanswered(institution, whole), unanswered
        ):
            field = "gave_up" if isinstance(step, KeyIn) else "outcomes.gave_up"
            what = "who cannot answer is asked the same again without end"
            yield Fault(file_of(flow), name, field, what, "Lead it to a person, a menu or an end")


def _following(ahead: _Ahead) -> Ways:
    """Give what follows a step, sub-flows included: on after one only if it can be passed so."""

    def follow(institution: Institution, name: str) -> set[str]:
        flow, step = name.partition("/")[0], institution.steps[name]
        if not isinstance(step, Call):
            return {place(flow, target) for target in ahead(institution.flows[flow], step)}
        inside = reached(institution, [place(flow, step.call)], passed)
        through = any(isinstance(institution.steps[one], Return) for one in inside)
        return {place(flow, step.call), *([place(flow, step.next)] if through else [])}

    def passed(institution: Institution, name: str) -> set[str]:
        """Give the same, as if every sub-flow in between could be passed."""
        flow, step = name.partition("/")[0], institution.steps[name]
        return {place(flow, target) for target in ahead(institution.flows[flow], step)}

    return follow


def _wordless(shape: Flow, step: Step) -> list[str]:
    """Give where a call can go on to without the caller having done anything.

    A service that is down asks nothing, and a person who is not there does not either; one who is there, and whom
    the caller is led to anew after every talk, never ends it.
    """
    match step:
        case Menu() | ChooseLanguage() | KeyIn() | Return() | HangUp():
            return []
        case Serve():
            return _ends(shape, step, _WORDLESS)
        case Person():
            return [target for target in (step.closed, step.next, step.callback) if target]
        case _:
            return list(targets(step).values())


def _silent(shape: Flow, step: Step) -> list[str]:
    """Give where a call goes on to whose caller says nothing; menus lead who is silent to a person, and out."""
    match step:
        case KeyIn():
            return [step.gave_up] if step.gave_up else []
        case ChooseLanguage():
            return [step.next]
        case Serve():
            return _ends(shape, step, _SILENT)
        case _:
            return _wordless(shape, step)


def _ends(shape: Flow, step: Serve, outcomes: tuple[str, ...]) -> list[str]:
    ends = answers(shape, step)
    return [ends[outcome] for outcome in outcomes if outcome in ends]
