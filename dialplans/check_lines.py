"""Whether a line that people dial can be closed at once, and says that it records before anybody is heard."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from dialplans.check_ways import file_of
from dialplans.faults import Fault
from dialplans.flows import Call, Person, Record, Return, Serve
from dialplans.institution import Institution
from dialplans.reach import reached, records
from dialplans.ways import place, targets

EMERGENCY = "emergency"


def lines(institution: Institution) -> Iterator[Fault]:
    """Find lines without an emergency or a recording; all targets must exist."""
    if EMERGENCY not in institution.switches:
        what = "nobody can close the centre in an emergency: the switch is not there"
        yield Fault("institution.toml", "", f"switches.{EMERGENCY}", what, f"Write {EMERGENCY} = false there")
    for flow in dict.fromkeys(entry.flow for entry in institution.numbers.values()):
        if institution.flows[flow].emergency is None:
            what = "this line cannot be closed in an emergency"
            remedy = f'Name the step that says so: {EMERGENCY} = "…", of kind hangup'
            yield Fault(file_of(flow), "", EMERGENCY, what, remedy)
    yield from _records(institution)


def _records(institution: Institution) -> Iterator[Fault]:
    """Find lines that record otherwise than their numbers say, or before the notice; one fault for each flow."""
    passing, seen = _passing(institution), set[tuple[str, bool]]()
    for number, entry in institution.numbers.items():
        if (entry.flow, entry.recorded) in seen:
            continue
        seen.add((entry.flow, entry.recorded))
        record = records(institution, number)
        if not entry.recorded and record:
            what = f"its calls come to {record[0]}, which records them"
            remedy = "Take recorded = false out, or lead its flow past every step of kind record"
            yield Fault("institution.toml", "", f"numbers.{number}.recorded", what, remedy)
        elif entry.recorded and not record:
            remedy = "Lead its calls to a step of kind record, or write recorded = false at its number"
            yield Fault(file_of(entry.flow), "", "steps", "calls of this line are not recorded", remedy)
        elif entry.recorded and (early := _unrecorded(institution, institution.start_of(number), passing)):
            what = f"calls come to {early[0]} before their recording has begun"
            remedy = "Lead them through the step of kind record first"
            yield Fault(file_of(entry.flow), "", "start", what, remedy)


def _unrecorded(institution: Institution, begin: str, passing: AbstractSet[str]) -> list[str]:
    """Give the services and persons that a call comes to without a notice, the machine's own keys apart."""

    def follow(_: Institution, name: str) -> set[str]:
        step = institution.steps[name]
        inside = {place(name.partition("/")[0], step.call)} if isinstance(step, Call) else set[str]()
        return inside | _until_recorded(institution, name, passing)

    found = reached(institution, [begin], follow)
    return sorted(name for name in found if isinstance(institution.steps[name], Serve | Person))


def _passing(institution: Institution) -> set[str]:
    """Give the calls of sub-flows that some way leads through without a notice."""
    calls = {name: step for name, step in institution.steps.items() if isinstance(step, Call)}
    passing: set[str] = set()
    for _ in calls:  # each round finds those around what was found before
        passing |= {name for name, call in calls.items() if _comes_back(institution, name, call, passing)}
    return passing


def _comes_back(institution: Institution, name: str, call: Call, passing: AbstractSet[str]) -> bool:
    def follow(_: Institution, step: str) -> set[str]:
        return _until_recorded(institution, step, passing)

    inside = reached(institution, [place(name.partition("/")[0], call.call)], follow)
    return any(isinstance(institution.steps[step], Return) for step in inside)


def _until_recorded(institution: Institution, name: str, passing: AbstractSet[str]) -> set[str]:
    """Give what follows a step at the same depth as long as nothing is recorded and nobody is heard."""
    flow, step = name.partition("/")[0], institution.steps[name]
    match step:
        case Record() | Person() | Serve():
            return set()
        case Call():
            return {place(flow, step.next)} if name in passing else set()
        case _:
            return {place(flow, target) for target in targets(step).values()}
