"""Whether what the flows name beside steps exists: texts, languages, subjects, calendars, switches, campaigns."""

from collections.abc import Iterable, Iterator, Mapping

from dialplans.acts import FILE
from dialplans.check_ways import file_of, steps
from dialplans.faults import Fault
from dialplans.flows import Branch, ChooseLanguage, Hours, Person
from dialplans.institution import Institution
from dialplans.ways import prompts

MACHINE_PROMPTS = frozenset({"wrong_key", "silence", "too_many_tries"})
"""What the machine itself says, in whatever flow."""

_LEVELS = ("1", "2", "3")


def named(institution: Institution) -> Iterator[Fault]:
    """Find every name in the flows that nothing has."""
    for flow, name, step in steps(institution):
        faults = [*_of_step(institution, step)]
        if step.subject is not None:
            faults += _known("subject", step.subject, "subject", institution.subjects)
        for field, what, remedy in faults:
            yield Fault(file_of(flow), name, field, what, remedy)
    for one in institution.announcements:
        for field, what, remedy in _unknown("flows", one.flows, "flow", institution.flows):
            yield Fault("announcements.toml", "", field, what, remedy)


_Found = tuple[str, str, str]


def _of_step(institution: Institution, step: object) -> Iterator[_Found]:
    match step:
        case ChooseLanguage() if set(step.keys.values()) != set(institution.languages):
            remedy = f"Give each of {', '.join(institution.languages)} one key"
            yield "keys", "the languages offered are not those spoken", remedy
        case Hours() | Person() if step.calendar:
            yield from _known("calendar", step.calendar, "calendar", institution.calendars)
        case Branch():
            yield from _branch(institution, step)


def _branch(institution: Institution, step: Branch) -> Iterator[_Found]:
    match step.on:
        case "switch":
            yield from _known("name", step.name, "switch", institution.switches)
            yield from _unknown("ways", step.ways, "way", ("on",))
        case "caller":
            yield from _unknown("ways", step.ways, "way", ("known",))
        case "language":
            yield from _unknown("ways", step.ways, "language", institution.languages)
        case "level":
            yield from _unknown("ways", step.ways, "level", _LEVELS)
        case "campaign":
            campaigns = sorted({entry.campaign for entry in institution.numbers.values()})
            yield from _unknown("ways", step.ways, "campaign", campaigns)


def _unknown(field: str, given: Iterable[str], what: str, known: Iterable[str]) -> Iterator[_Found]:
    for name in sorted(set(given) - set(known)):
        yield from _known(f"{field}.{name}", name, what, known)


def _known(field: str, name: str, what: str, known: Iterable[str]) -> Iterator[_Found]:
    if name not in known:
        remedy = f"Name one of: {', '.join(known) or 'none exist'}, or add it to institution.toml"
        yield field, f"there is no {what} {name}", remedy


def texts(institution: Institution, spoken: Mapping[str, str]) -> Iterator[Fault]:
    """Find prompts without a text; `spoken` are those that the server's own code says, and where."""
    said = [(file_of(flow), name, key) for flow, name, step in steps(institution) for key in prompts(step)]
    said += [("announcements.toml", "", one.say) for one in institution.announcements]
    said += [("institution.toml", "waiting", one.say) for one in institution.waiting.messages]
    said += [(FILE, "", act.statement) for act in institution.acts.values()]
    said += [(FILE, "", institution.consent_notice)] if institution.consent_notice else []
    own = dict.fromkeys(MACHINE_PROMPTS, "the server's own words") | dict(spoken)
    said += [(file, "", key) for key, file in sorted(own.items())]
    for language, known in institution.texts.items():
        for file, name, key in said:
            if key not in known:
                remedy = (
                    f"Write its text into languages/{language}, then run: make prompts LANGUAGE={language}"
                )
                yield Fault(file, name, "say", f"the prompt {key} has no text in {language}", remedy)
