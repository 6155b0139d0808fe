"""Whether the flows answer every way a self-service can end, and nobody gets into one unproven."""

from collections.abc import Iterator, Mapping

from dialplans.check_ways import file_of, steps
from dialplans.faults import Fault
from dialplans.flows import Flow, Serve
from dialplans.institution import Institution
from dialplans.outcomes import FRAME, PROOF, VIDEO, expected
from dialplans.ways import answers

Services = Mapping[str, frozenset[str]]
"""Self-service name to the outcomes of its own; the flows answer them all, and those of the frame."""


def proven(institution: Institution, least: Mapping[str, int]) -> Iterator[Fault]:
    """Find services that somebody would get into who is proven less than the service itself takes."""
    for name, rule in institution.services.items():
        if rule.level < least.get(name, 0):
            remedy = f"Write level = {least[name]} or more, or leave the line out"
            what = f"the service takes level {least[name]} at least"
            yield Fault("institution.toml", "", f"services.{name}.level", what, remedy)


def served(institution: Institution, services: Services) -> Iterator[Fault]:
    """Find services that do not exist, outcomes nobody answers and answers nobody needs."""
    for name in sorted(set(institution.services) - set(services)):
        yield Fault("institution.toml", "", f"services.{name}", *_no_service(name, services))
    for flow, name, step in steps(institution):
        if isinstance(step, Serve):
            yield from _service(institution, flow, name, step, services)
    for flow, shape in institution.flows.items():
        yield from _table(flow, shape, services)


def _no_service(name: str, services: Services) -> tuple[str, str]:
    return f"there is no service {name}", f"Name one of: {', '.join(sorted(services)) or 'none exist'}"


def _service(
    institution: Institution, flow: str, name: str, step: Serve, services: Services
) -> Iterator[Fault]:
    file = file_of(flow)
    if step.service not in services:
        yield Fault(file, name, "service", *_no_service(step.service, services))
        return
    own = services[step.service]
    known = expected(own, institution.level_of(step.service))
    for missing in sorted(known - set(answers(institution.flows[flow], step))):
        remedy = "Give it a target here, or in the flow's table [outcomes]"
        yield Fault(file, name, f"outcomes.{missing}", "this outcome is not answered", remedy)
    for strange in sorted(set(step.outcomes) - known - PROOF - VIDEO):
        remedy = f"The service ends with: {', '.join(sorted(known))}"
        yield Fault(file, name, f"outcomes.{strange}", "the service never ends so", remedy)


def _table(flow: str, shape: Flow, services: Services) -> Iterator[Fault]:
    """Find answers in a flow's own table that no service of the flow can ever need."""
    serving = {step.service for step in shape.steps.values() if isinstance(step, Serve)}
    known = (FRAME | PROOF | VIDEO).union(*(services.get(name, frozenset()) for name in serving))
    for strange in sorted(set(shape.outcomes) - (known if serving else frozenset())):
        remedy = "Remove it, or correct its spelling"
        yield Fault(file_of(flow), "", f"outcomes.{strange}", "no service of this flow ends so", remedy)
