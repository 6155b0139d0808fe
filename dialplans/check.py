"""What an institution's files must say together before a caller may hear them.

Every target exists; every step is reached by some call; every menu offers a person; nothing goes round
without an end; every outcome of a service is answered; every prompt has its text in every language. All
faults are told at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dialplans.faults import Fault, FlowError
from dialplans.flows import ChooseLanguage, Flow, HangUp, Person, Serve, Speak, Step
from dialplans.institution import Institution, read_institution
from dialplans.outcomes import FRAME, PROOF, expected
from dialplans.ways import answers, place, prompts, targets

MACHINE_PROMPTS = frozenset({"wrong_key", "silence", "too_many_tries"})
"""What the machine itself says, in whatever flow."""

Services = Mapping[str, frozenset[str]]
"""Self-service name to the outcomes of its own; the flows answer them all, and those of the frame."""


def load_institution(
    folder: Path, services: Services | None = None, spoken: Iterable[str] = ()
) -> Institution:
    """Give the folder's institution, whole and checked.

    `services` are those that exist (None: not known here, so not checked); `spoken` are the prompt keys
    that the server's own code says. Raises FlowError with all faults.
    """
    institution, faults = _checked(folder, services, spoken)
    if institution is None or faults:
        raise FlowError(faults)
    return institution


def check_institution(
    folder: Path, services: Services | None = None, spoken: Iterable[str] = ()
) -> list[Fault]:
    """Give every fault of the folder, in the order of files and steps; none when it can be served."""
    return sorted(_checked(folder, services, spoken)[1])


def reload(
    folder: Path, services: Services | None = None, spoken: Iterable[str] = ()
) -> Institution | list[Fault]:
    """Give the folder's new institution, or its faults: then the one that is being served stays.

    Calls in progress keep the institution they began with; only calls that begin later meet the new one.
    """
    institution, faults = _checked(folder, services, spoken)
    return sorted(faults) if institution is None or faults else institution


def _checked(
    folder: Path, services: Services | None, spoken: Iterable[str]
) -> tuple[Institution | None, list[Fault]]:
    institution, faults = read_institution(folder)
    if institution is None:
        return None, faults
    faults = [*_numbers(institution), *_targets(institution)]
    if not faults:  # the ways can only be walked when every target exists
        faults = [*_reach(institution), *_endings(institution), *_ends_of_flows(institution)]
    faults += [*_choices(institution), *_subjects(institution), *_texts(institution, spoken)]
    if services is not None:
        faults += _services(institution, services)
    return institution, faults


def _file(flow: str) -> str:
    return f"flows/{flow}.toml"


def _steps(institution: Institution) -> Iterator[tuple[str, str, Step]]:
    for flow, shape in institution.flows.items():
        for name, step in shape.steps.items():
            yield flow, name, step


def _numbers(institution: Institution) -> Iterator[Fault]:
    for number, entry in institution.numbers.items():
        if entry.flow not in institution.flows:
            remedy = f"Name one of: {', '.join(institution.flows)}"
            yield Fault(
                "institution.toml", "", f"numbers.{number}.flow", f"there is no flow {entry.flow}", remedy
            )


def _heads(flow: Flow) -> dict[str, str]:
    heads = {"start": flow.start, "person": flow.person, "farewell": flow.farewell}
    return heads | {f"outcomes.{outcome}": target for outcome, target in flow.outcomes.items()}


def _targets(institution: Institution) -> Iterator[Fault]:
    for flow, shape in institution.flows.items():
        named = [("", _heads(shape)), *((name, targets(step)) for name, step in shape.steps.items())]
        for name, fields in named:
            for field, target in fields.items():
                if place(flow, target) not in institution.steps:
                    remedy = "Name a step of this file, or flow/step of another"
                    yield Fault(_file(flow), name, field, f"there is no step {target}", remedy)


def ways(institution: Institution, name: str) -> set[str]:
    """Give the whole names of the steps that can follow this one, the machine's own keys included."""
    flow, _, _ = name.partition("/")
    shape, step = institution.flows[flow], institution.steps[name]
    follow = list((answers(shape, step) if isinstance(step, Serve) else targets(step)).values())
    if step.kind in ("menu", "language"):
        follow.append(shape.person)
    if isinstance(step, Person):
        follow.append(shape.farewell)
    return {place(flow, target) for target in follow}


def _reached(institution: Institution, begin: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    ahead = list(begin)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(ways(institution, name))
    return seen


def _reach(institution: Institution) -> Iterator[Fault]:
    reached = _reached(institution, map(institution.start_of, institution.numbers))
    for flow, name, _ in _steps(institution):
        if place(flow, name) not in reached:
            remedy = "Lead a key or a next to it, or remove it"
            yield Fault(_file(flow), name, "", "no call ever comes to this step", remedy)


def _endings(institution: Institution) -> Iterator[Fault]:
    """Find steps from which no hangup can be reached, and rings of steps at which nobody is waited for."""
    for flow, name, _ in _steps(institution):
        after = _reached(institution, [place(flow, name)])
        if not any(isinstance(institution.steps[step], HangUp) for step in after):
            remedy = "Lead some way from here to a step of kind hangup"
            yield Fault(_file(flow), name, "", "from here a call never ends", remedy)
        if _runs_in_ring(institution, place(flow, name)):
            remedy = "Put a menu into the ring, or lead it elsewhere"
            yield Fault(_file(flow), name, "", "this goes round without ever asking the caller", remedy)


def _runs_in_ring(institution: Institution, begin: str) -> bool:
    seen: set[str] = set()
    ahead = list(_unasked(institution, begin))
    while ahead:
        name = ahead.pop()
        if name == begin:
            return True
        if name not in seen:
            seen.add(name)
            ahead.extend(_unasked(institution, name))
    return False


def _unasked(institution: Institution, name: str) -> set[str]:
    """Give the steps a call can go on to without the caller having done or heard anything that takes time."""
    step = institution.steps[name]
    return ways(institution, name) if step.kind in ("say", "hours", "record") else set()


def _ends_of_flows(institution: Institution) -> Iterator[Fault]:
    for flow, shape in institution.flows.items():
        if not isinstance(institution.steps[place(flow, shape.person)], Person):
            remedy = "Name a step of kind person: every menu offers it with 0"
            yield Fault(_file(flow), "", "person", "no person is found there", remedy)
        if not _only_ends(institution, place(flow, shape.farewell)):
            remedy = "Name a step of kind hangup, or one that only speaks before it"
            yield Fault(_file(flow), "", "farewell", "this does not lead straight to an end", remedy)


def _only_ends(institution: Institution, name: str) -> bool:
    for _ in institution.steps:
        step = institution.steps[name]
        if not isinstance(step, Speak):
            return isinstance(step, HangUp)
        name = place(name.partition("/")[0], step.next)
    return False


def _choices(institution: Institution) -> Iterator[Fault]:
    for flow, name, step in _steps(institution):
        if isinstance(step, ChooseLanguage) and set(step.keys.values()) != set(institution.languages):
            remedy = f"Give each of {', '.join(institution.languages)} one key"
            yield Fault(_file(flow), name, "keys", "the languages offered are not those spoken", remedy)


def _subjects(institution: Institution) -> Iterator[Fault]:
    for flow, name, step in _steps(institution):
        if step.subject is not None and step.subject not in institution.subjects:
            remedy = f"Name one of: {', '.join(institution.subjects)}, or add it to institution.toml"
            yield Fault(_file(flow), name, "subject", f"there is no subject {step.subject}", remedy)


def _texts(institution: Institution, spoken: Iterable[str]) -> Iterator[Fault]:
    said = [(_file(flow), name, key) for flow, name, step in _steps(institution) for key in prompts(step)]
    own = [("the server's own words", "", key) for key in sorted(MACHINE_PROMPTS | set(spoken))]
    for language, texts in institution.texts.items():
        for file, name, key in (*said, *own):
            if key not in texts:
                remedy = (
                    f"Write its text into a file of languages/{language}, then run: ventanilla prompts build"
                )
                yield Fault(file, name, "say", f"the prompt {key} has no text in {language}", remedy)


def _services(institution: Institution, services: Services) -> Iterator[Fault]:
    for name in sorted(set(institution.services) - set(services)):
        yield Fault("institution.toml", "", f"services.{name}", *_no_service(name, services))
    for flow, name, step in _steps(institution):
        if isinstance(step, Serve):
            yield from _service(institution, flow, name, step, services)
    for flow, shape in institution.flows.items():
        yield from _table(flow, shape, services)


def _no_service(name: str, services: Services) -> tuple[str, str]:
    return f"there is no service {name}", f"Name one of: {', '.join(sorted(services)) or 'none exist'}"


def _service(
    institution: Institution, flow: str, name: str, step: Serve, services: Services
) -> Iterator[Fault]:
    file = _file(flow)
    if step.service not in services:
        yield Fault(file, name, "service", *_no_service(step.service, services))
        return
    own = services[step.service]
    known = expected(own, institution.level_of(step.service))
    for missing in sorted(known - set(answers(institution.flows[flow], step))):
        remedy = "Give it a target here, or in the flow's table [outcomes]"
        yield Fault(file, name, f"outcomes.{missing}", "this outcome is not answered", remedy)
    for strange in sorted(set(step.outcomes) - known - PROOF):
        remedy = f"The service ends with: {', '.join(sorted(known))}"
        yield Fault(file, name, f"outcomes.{strange}", "the service never ends so", remedy)


def _table(flow: str, shape: Flow, services: Services) -> Iterator[Fault]:
    """Find answers in a flow's own table that no service of the flow can ever need."""
    served = {step.service for step in shape.steps.values() if isinstance(step, Serve)}
    known = (FRAME | PROOF).union(*(services.get(name, frozenset()) for name in served))
    for strange in sorted(set(shape.outcomes) - (known if served else frozenset())):
        remedy = "Remove it, or correct its spelling"
        yield Fault(_file(flow), "", f"outcomes.{strange}", "no service of this flow ends so", remedy)
