"""Whether the ways through an institution's flows lead somewhere: targets, reach, ends, rings, sub-flows."""

from collections.abc import Iterator, KeysView

from dialplans.faults import Fault
from dialplans.flows import (
    Call,
    ChooseLanguage,
    HangUp,
    Menu,
    Person,
    Return,
    Serve,
    Speak,
    Step,
)
from dialplans.institution import Institution
from dialplans.reach import reached, ways
from dialplans.ways import answers, heads, place, targets


def steps(institution: Institution) -> Iterator[tuple[str, str, Step]]:
    """Give every step with its flow's name and its own."""
    for flow, shape in institution.flows.items():
        for name, step in shape.steps.items():
            yield flow, name, step


def file_of(flow: str) -> str:
    """Give the name of a flow's file, as its owner knows it."""
    return f"flows/{flow}.toml"


def numbers(institution: Institution) -> Iterator[Fault]:
    """Find dialled numbers that lead to no flow."""
    for number, entry in institution.numbers.items():
        if entry.flow not in institution.flows:
            remedy = f"Name one of: {', '.join(institution.flows)}"
            field = f"numbers.{number}.flow"
            yield Fault("institution.toml", "", field, f"there is no flow {entry.flow}", remedy)


def existing(institution: Institution) -> Iterator[Fault]:
    """Find targets that are no step."""
    for flow, shape in institution.flows.items():
        named = [("", heads(shape)), *((name, targets(step)) for name, step in shape.steps.items())]
        for name, fields in named:
            for field, target in fields.items():
                if place(flow, target) not in institution.steps:
                    remedy = "Name a step of this file, or flow/step of another"
                    yield Fault(file_of(flow), name, field, f"there is no step {target}", remedy)


def leading(institution: Institution) -> Iterator[Fault]:
    """Find every fault of the ways; all targets must exist."""
    yield from _reach(institution)
    yield from _endings(institution)
    yield from _ends_of_flows(institution)
    yield from _languages(institution)
    yield from _sub_flows(institution)


def begins(institution: Institution) -> Iterator[str]:
    """Give the steps at which calls begin: of every number, and in an emergency."""
    for entry in institution.numbers.values():
        shape = institution.flows[entry.flow]
        yield place(entry.flow, shape.start)
        if shape.emergency:
            yield place(entry.flow, shape.emergency)


def _reach(institution: Institution) -> Iterator[Fault]:
    found = reached(institution, begins(institution))
    for flow, name, _ in steps(institution):
        if place(flow, name) not in found:
            remedy = "Lead a key or a next to it, or remove it"
            yield Fault(file_of(flow), name, "", "no call ever comes to this step", remedy)


def _endings(institution: Institution) -> Iterator[Fault]:
    """Find steps from which no end can be reached."""
    for flow, name, _ in steps(institution):
        after = reached(institution, [place(flow, name)])
        if not any(isinstance(institution.steps[step], HangUp | Return) for step in after):
            remedy = "Lead some way from here to a step of kind hangup"
            yield Fault(file_of(flow), name, "", "from here a call never ends", remedy)


def _ends_of_flows(institution: Institution) -> Iterator[Fault]:
    for flow, shape in institution.flows.items():
        if not isinstance(institution.steps[place(flow, shape.person)], Person):
            remedy = "Name a step of kind person: every menu offers it with 0"
            yield Fault(file_of(flow), "", "person", "no person is found there", remedy)
        for field in ("farewell", "goodbye", "emergency"):
            target = getattr(shape, field)
            if target and not _only_ends(institution, place(flow, target)):
                remedy = "Name a step of kind hangup, or one that only speaks before it"
                yield Fault(file_of(flow), "", field, "this does not lead straight to an end", remedy)


def _only_ends(institution: Institution, name: str) -> bool:
    for _ in institution.steps:
        step = institution.steps[name]
        if not isinstance(step, Speak):
            return isinstance(step, HangUp)
        name = place(name.partition("/")[0], step.next)
    return False


def _languages(institution: Institution) -> Iterator[Fault]:
    """Find menus from which the language cannot be changed, and keys that would have to do two things."""
    for flow, shape in institution.flows.items():
        language = shape.language and institution.steps[place(flow, shape.language)]
        if language and not isinstance(language, ChooseLanguage):
            remedy = "Name a step of kind language: key 9 leads there from every menu"
            yield Fault(file_of(flow), "", "language", "no language is chosen there", remedy)
        menus = {name: step for name, step in shape.steps.items() if isinstance(step, Menu)}
        if menus and not language and len(institution.languages) > 1:
            remedy = 'Name the step that key 9 leads to: language = "…", of kind language'
            yield Fault(file_of(flow), "", "language", "callers cannot change the language here", remedy)
        for name, menu in menus.items():
            if language and "9" in menu.keys:
                remedy = "Give the option another key: 9 is for the language in every menu"
                yield Fault(file_of(flow), name, "keys.9", "this key changes the language", remedy)


def _sub_flows(institution: Institution) -> Iterator[Fault]:
    """Find sub-flows that never return or call themselves, and returns that come from nowhere."""
    outside = reached(institution, begins(institution), _not_called)
    for flow, name, step in steps(institution):
        whole = place(flow, name)
        match step:
            case Call():
                inside = reached(institution, [place(flow, step.call)])
                if not any(isinstance(institution.steps[one], Return) for one in inside):
                    remedy = "Lead some way through it to a step of kind return, or name it as next"
                    yield Fault(file_of(flow), name, "call", "this sub-flow never returns", remedy)
                if whole in _within(institution, place(flow, step.call)):
                    remedy = "Lead back with a step of kind return"
                    yield Fault(file_of(flow), name, "call", "this sub-flow calls itself", remedy)
            case Return() if whole in outside:
                remedy = "Reach it by a step of kind call, or end with a hangup"
                yield Fault(
                    file_of(flow), name, "", "a call comes here that no sub-flow was called for", remedy
                )


def _not_called(institution: Institution, name: str) -> set[str]:
    """Give what follows a step outside the sub-flow it may call."""
    step = institution.steps[name]
    flow = name.partition("/")[0]
    return {place(flow, step.next)} if isinstance(step, Call) else ways(institution, name)


def _within(institution: Institution, begin: str) -> KeysView[str]:
    """Give the steps of a sub-flow and of those it calls, as far as they lie in files that are called.

    Who jumps out, to a person or a farewell in another file, has left it.
    """
    called = {begin.partition("/")[0]}

    def deeper(_: Institution, name: str) -> set[str]:
        flow, step = name.partition("/")[0], institution.steps[name]
        if isinstance(step, Call):
            called.add(place(flow, step.call).partition("/")[0])
        shape = institution.flows[flow]
        ahead = (answers(shape, step) if isinstance(step, Serve) else targets(step)).values()
        return {whole for whole in (place(flow, one) for one in ahead) if whole.partition("/")[0] in called}

    return reached(institution, [begin], deeper)
