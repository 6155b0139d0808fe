"""Whether a line that people dial can be closed at once, and says that it records before anybody is heard."""

from collections.abc import Iterator

from dialplans.check_ways import file_of, reached
from dialplans.faults import Fault
from dialplans.flows import Person, Record, Serve
from dialplans.institution import Institution
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
    for flow in dict.fromkeys(entry.flow for entry in institution.numbers.values() if entry.recorded):
        shape = institution.flows[flow]
        if not any(isinstance(step, Record) for step in shape.steps.values()):
            remedy = (
                "Put a step of kind record before the first menu, or write recorded = false at its number"
            )
            yield Fault(file_of(flow), "", "steps", "calls of this line are not recorded", remedy)
        elif early := sorted(_unrecorded(institution, place(flow, shape.start))):
            what = f"calls come to {early[0]} before their recording has begun"
            remedy = "Lead them through the step of kind record first"
            yield Fault(file_of(flow), "", "start", what, remedy)


def _unrecorded(institution: Institution, begin: str) -> Iterator[str]:
    """Give the services and persons that a call comes to without a notice, the machine's own keys apart."""
    for name in reached(institution, [begin], _until_recorded):
        if isinstance(institution.steps[name], Serve | Person):
            yield name


def _until_recorded(institution: Institution, name: str) -> set[str]:
    flow, step = name.partition("/")[0], institution.steps[name]
    if isinstance(step, Record | Person | Serve):
        return set()
    return {place(flow, target) for target in targets(step).values()}
