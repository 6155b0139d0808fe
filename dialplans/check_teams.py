"""Whether a team can ever serve: a calendar that exists and meets those of what it serves, subjects that there are."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import time

from dialplans.faults import Fault
from dialplans.flows import Person
from dialplans.hours import OpeningHours, Week
from dialplans.institution import Institution
from dialplans.routing_file import RuleShape, Team, When

FILE = "institution.toml"
_MIDNIGHT = "24:00"


def fault(field: str, what: str, remedy: str) -> Fault:
    """Give a fault in `[routing]`."""
    return Fault(FILE, "", f"routing.{field}", what, remedy)


def teams(institution: Institution) -> Iterator[Fault]:
    """Find teams whose shift is in no calendar, or never while anybody is put through to them; and their subjects."""
    calendars = institution.calendars
    for name, team in institution.routing.teams.items():
        yield from _subjects_of(institution, name, team)
        if not team.hours:
            continue
        at = f"teams.{name}.hours"
        if team.hours not in calendars:
            known = ", ".join(sorted(calendars))
            yield fault(at, f"there is no calendar {team.hours}", f"Name one of: {known}")
            continue
        for whom, subjects in _served(institution, name):
            hours = sorted(_calendars(institution, subjects))
            if not any(meet(calendars[team.hours], institution.calendar(one)) for one in hours):
                met = " or ".join(hours)
                what = f"{team.hours} never meets {met}, in which {whom}: the team is offered no call"
                yield fault(at, what, "Let the two calendars overlap, or name another")


def _subjects_of(institution: Institution, name: str, team: Team) -> Iterator[Fault]:
    """Find subjects of a team that nobody calls about; only an external provider's calls are limited by them."""
    at = f"teams.{name}.subjects"
    if not team.external:
        if "subjects" in team.model_fields_set:
            what = "only an external provider is bound to subjects: others serve what the rules ask of them"
            yield fault(at, what, "Leave it out, or write external = true")
        return
    known = ", ".join(sorted(institution.subjects))
    for strange in sorted(set(team.subjects) - set(institution.subjects)):
        yield fault(at, f"there is no subject {strange}", f"Name some of: {known}")
    if not team.subjects:
        yield fault(at, "the provider would be asked about nothing", f"Name some of: {known}")


def meet(one: OpeningHours, other: OpeningHours) -> bool:
    """Say whether two calendars share a minute of any week; single days and holidays are left aside."""
    if one.open_days or other.open_days:
        return True
    return any(_overlap(mine, yours) for mine in _weeks(one) for yours in _weeks(other))


def _weeks(hours: OpeningHours) -> list[Week]:
    return [hours.week] if hours.summer is None else [hours.week, hours.summer.week]


def _overlap(mine: Week, yours: Week) -> bool:
    return any(
        begins < ends
        for here, there in zip(mine, yours, strict=True)
        for a in here
        for b in there
        for begins in [max(a.opens, b.opens).isoformat("minutes")]
        for ends in [min(_end(a.closes), _end(b.closes))]
    )


def _end(closes: time) -> str:
    return closes.isoformat("minutes") if closes != time(0) else _MIDNIGHT


def _served(institution: Institution, team: str) -> Iterator[tuple[str, set[str]]]:
    """Give what a team serves, rule by rule, said and as subjects; all of them where no rule names the team."""
    written, everything = institution.routing.rules, set(institution.subjects)
    named = [name for name, rule in written.items() if any(_names(step.when, team) for step in rule.steps)]
    for name in named:
        subjects = _subjects(written, name, set())
        yield f"rule {name} is asked", subjects or everything
    if not named:
        yield "calls are put through", everything


def _subjects(written: Mapping[str, RuleShape], name: str, passed: set[str]) -> set[str]:
    """Give the subjects of a rule and of those that overflow to it; none: any."""
    passed.add(name)
    own = written[name]
    asking = [] if own.only_overflow else [set(own.subjects)]
    asking += [
        _subjects(written, other, passed)
        for other, rule in written.items()
        if rule.overflow is not None and rule.overflow.to == name and other not in passed
    ]
    return set() if any(not subjects for subjects in asking) else set[str]().union(*asking)


def _names(when: When, team: str) -> bool:
    """Say whether a condition asks for this team; one that it denies is not asked for."""
    return team in when.team or any(_names(part, team) for part in (*when.all, *when.any))


def _calendars(institution: Institution, subjects: Iterable[str]) -> set[str]:
    """Name the calendars in which somebody may be put through about these: theirs, and those that a step names."""
    first = next(iter(institution.calendars))
    of_steps = {step.calendar for step in institution.steps.values() if isinstance(step, Person)} - {""}
    known = (institution.subjects.get(subject) for subject in subjects)
    return {one.hours or first for one in known if one is not None} | of_steps
