"""Whether what a flow waits for can ever be: the ways of its branches, hours that open, digits that can be keyed."""

from collections.abc import Iterator
from typing import NamedTuple

from dialplans.check_ways import begins, file_of, steps
from dialplans.faults import Fault
from dialplans.flows import Branch, Call, ChooseLanguage, KeyIn, Menu, Person, Serve
from dialplans.hours import OpeningHours
from dialplans.institution import Institution
from dialplans.keyed import LENGTHS
from dialplans.reach import reached, ways
from dialplans.ways import place


class _There(NamedTuple):
    """A call at a step, and what of it decides branches."""

    campaign: str
    language: str
    step: str


def conditions(institution: Institution) -> Iterator[Fault]:
    """Find what can never hold; all targets must exist."""
    yield from _ways(institution)
    yield from _hours(institution)
    for flow, name, step in steps(institution):
        if isinstance(step, KeyIn):
            yield from _asked(file_of(flow), name, step)


def _ways(institution: Institution) -> Iterator[Fault]:
    calls, proven = _calls(institution), _after_proof(institution)
    remedy = "Take this way out, or move the branch to where it can be so"
    for flow, name, step in steps(institution):
        here = {call for call in calls if call.step == place(flow, name)}
        if not isinstance(step, Branch) or not here:  # that nobody comes here is a fault of its own
            continue
        for way in sorted(step.ways):
            if what := _never(institution, step.on, way, here, proven):
                yield Fault(file_of(flow), name, f"ways.{way}", what, remedy)


def _never(institution: Institution, on: str, way: str, here: set[_There], proven: set[str]) -> str:
    """Say why no call that comes here goes this way; nothing when one may, or when the way's name is unknown."""
    campaigns = {entry.campaign for entry in institution.numbers.values()}
    match on:
        case "campaign" if way in campaigns - {call.campaign for call in here}:
            return f"no call of the campaign {way} comes here"
        case "language" if way in set(institution.languages) - {call.language for call in here}:
            return f"nobody who speaks {way} comes here"
        case "level" if not proven.intersection(call.step for call in here):
            return "nobody who comes here can have been proven yet"
        case _:
            return ""


def _calls(institution: Institution) -> set[_There]:
    """Give every place a call can come to, with its campaign and the language it may be in there."""
    seen: set[_There] = set()
    ahead = [
        _There(entry.campaign, language, place(entry.flow, target))
        for entry in institution.numbers.values()
        for target in (institution.flows[entry.flow].start, institution.flows[entry.flow].emergency)
        for language in institution.languages
        if target is not None
    ]
    while ahead:
        call = ahead.pop()
        if call not in seen:
            seen.add(call)
            ahead.extend(_ahead(institution, call))
    return seen


def _ahead(institution: Institution, call: _There) -> Iterator[_There]:
    """Give where a call goes on to; the language may be another after an offer of them, and after a sub-flow."""
    flow, step = call.step.partition("/")[0], institution.steps[call.step]
    match step:
        case Branch(on="campaign"):
            yield call._replace(step=place(flow, step.ways.get(call.campaign, step.otherwise)))
        case Branch(on="language"):
            yield call._replace(step=place(flow, step.ways.get(call.language, step.otherwise)))
        case ChooseLanguage() | Call():
            yield from (
                call._replace(step=name, language=language)
                for name in ways(institution, call.step)
                for language in institution.languages
            )
        case _:
            yield from (call._replace(step=name) for name in ways(institution, call.step))
            if (
                isinstance(step, Menu) and institution.flows[flow].language
            ):  # changed there, it comes back here
                yield from (call._replace(language=language) for language in institution.languages)


def _after_proof(institution: Institution) -> set[str]:
    """Give the steps that somebody proven may come to: after a service or a person, or back at a menu from there."""
    found = set(reached(institution, begins(institution)))
    proving = (name for name in found if isinstance(institution.steps[name], Serve | Person | Menu))
    return set(reached(institution, {after for name in proving for after in ways(institution, name)}))


def _hours(institution: Institution) -> Iterator[Fault]:
    for name, hours in institution.calendars.items():
        if _never_open(hours):
            remedy = "Write the hours of at least one weekday"
            yield Fault("institution.toml", "", f"hours.{name}", "it is never open", remedy)


def _never_open(hours: OpeningHours) -> bool:
    return not any(hours.week) and not (hours.summer and any(hours.summer.week))


def _asked(file: str, name: str, step: KeyIn) -> Iterator[Fault]:
    """Find questions that nobody can answer: what is asked for has more digits, or fewer, than are taken."""
    wanted = LENGTHS.get(step.rule)
    if wanted is not None and wanted > step.most:
        what = f"nobody can answer this: a {step.rule} has {wanted} digits, and {step.most} are taken"
        yield Fault(file, name, "most", what, f"Write most = {wanted}")
    if wanted is not None and wanted < step.least:
        what = f"nobody can answer this: a {step.rule} has {wanted} digits, fewer than {step.least}"
        yield Fault(file, name, "least", what, f"Write least = {wanted}")
