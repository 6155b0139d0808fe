"""Whether `requests.toml` names only what there is, and everything in every language that is served."""

from collections.abc import Iterable, Iterator

from dialplans.catalogue import ENQUIRY, OTHER, names
from dialplans.check_services import Services
from dialplans.faults import Fault
from dialplans.institution import Institution

FILE = "requests.toml"


def catalogue(institution: Institution, services: Services | None) -> Iterator[Fault]:
    """Find unknown names, missing languages, and lines that nothing can ever reach."""
    whole = institution.catalogue
    if not whole.kinds:
        return  # an institution that classifies nothing needs no file
    if whole.hours and whole.hours not in institution.calendars:
        yield _unknown("hours", "calendar", whole.hours, institution.calendars)
    if ENQUIRY not in whole.kinds:
        yield _fault("kinds", f"the type {ENQUIRY} is not there", "Add it: every request begins as one")
    yield from _named(institution)
    yield from _rules(institution)
    yield from _services(institution, services)
    yield from _steps(institution)
    yield from _demand(institution)


def _named(institution: Institution) -> Iterator[Fault]:
    for place, about in names(institution.catalogue).items():
        missing = [language for language in institution.languages if not about.get(language)]
        if missing:
            what = f"there is no name in {', '.join(missing)}"
            yield _fault(f"{place}.about", what, "Write what people read, in each language that is served")


def _rules(institution: Institution) -> Iterator[Fault]:
    whole = institution.catalogue
    for number, rule in enumerate(whole.rules, 1):
        place = f"rules.{number}"
        if rule.area and rule.area not in whole.areas:
            yield _unknown(f"{place}.area", "area", rule.area, whole.areas)
        yield from _what(institution, place, rule.subjects, rule.kinds)


def _services(institution: Institution, services: Services | None) -> Iterator[Fault]:
    for name, service in institution.catalogue.services.items():
        if services is not None and name not in services:
            yield _unknown(f"services.{name}", "service", name, sorted(services))
        subjects = (service.subject,) if service.subject else ()
        yield from _what(institution, f"services.{name}", subjects, (service.kind,))


def _steps(institution: Institution) -> Iterator[Fault]:
    for step, subject in institution.catalogue.steps.items():
        if step not in institution.steps:
            yield _fault(f"steps.{step}", "no flow has this step", "Write it as flow/step, or leave it out")
        yield from _what(institution, f"steps.{step}", (subject,), ())


def _demand(institution: Institution) -> Iterator[Fault]:
    earlier: set[str] = set()
    for number, line in enumerate(institution.catalogue.demand, 1):
        yield from _what(institution, f"demand.{line.name}", line.subjects, line.kinds)
        if line.name in earlier:
            yield _fault(f"demand.{number}", f"the line {line.name} is there twice", "Give it another name")
        earlier.add(line.name)
        last = number == len(institution.catalogue.demand)
        if not (line.subjects or line.kinds) and not last:
            remedy = "Move it to the end, or say which subjects or kinds it counts"
            yield _fault(
                f"demand.{line.name}", "it counts everything, so no line after it ever counts", remedy
            )
        if line.name == OTHER and (line.subjects or line.kinds):
            yield _fault(f"demand.{OTHER}", "it is the line of what fits no other", "Take its conditions out")


def _what(
    institution: Institution, place: str, subjects: Iterable[str], kinds: Iterable[str]
) -> Iterator[Fault]:
    for subject in subjects:
        if subject not in institution.subjects:
            yield _unknown(f"{place}.subjects", "subject", subject, institution.subjects)
    for kind in kinds:
        if kind not in institution.catalogue.kinds:
            yield _unknown(f"{place}.kinds", "type", kind, institution.catalogue.kinds)


def _unknown(place: str, what: str, name: str, known: Iterable[str]) -> Fault:
    return _fault(place, f"there is no {what} {name}", f"Name one of: {', '.join(known) or 'none exist'}")


def _fault(place: str, what: str, remedy: str) -> Fault:
    return Fault(FILE, "", place, what, remedy)
