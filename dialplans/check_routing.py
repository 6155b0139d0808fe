"""Whether an institution's rules of routing can ever be kept: each fault names rule, step and remedy."""

from collections.abc import Iterable, Iterator, Mapping

from dialplans import check_fitting, check_preferring, check_teams
from dialplans.check_teams import fault as _fault
from dialplans.faults import Fault
from dialplans.fitting import GENERAL
from dialplans.institution import Institution
from dialplans.routing_file import Able, RuleShape, StepShape, When


def rules(institution: Institution) -> Iterator[Fault]:
    """Find what is wrong with teams and rules; whether anybody could fit is only asked of rules that are whole."""
    found = [*check_teams.teams(institution), *_written(institution)]
    yield from found or check_fitting.steps(institution)


def _written(institution: Institution) -> Iterator[Fault]:
    """Find what is written wrongly."""
    written = institution.routing.rules
    for name, rule in written.items():
        at = f"rules.{name}"
        yield from _serves(institution, at, rule)
        yield from _floor(institution, at, rule)
        yield from _overflow(at, name, written)
        for number, step in enumerate(rule.steps, start=1):
            yield from _step(institution, f"{at}.steps.{number}", step, rule)
            yield from check_preferring.step(f"{at}.steps.{number}", number, rule)
        yield from _lasting(at, rule)
    yield from _reached(written)
    yield from _shaped(institution)


def _lasting(at: str, rule: RuleShape) -> Iterator[Fault]:
    """Find a rule that ends with nobody: what prefers an agent asks nobody for a caller whom no agent knows."""
    asking = [step for step in rule.steps if step.prefers is None]
    if rule.overflow is not None or any(step.until_s is None for step in asking):
        return
    if not asking:
        what = "nobody would be asked for a caller with whom no agent has spoken"
        yield _fault(f"{at}.steps", what, "Write a step without prefers after them")
        return
    last = max(step.until_s or 0.0 for step in asking)
    what = f"after {last:.0f} s of waiting nobody would be asked any more"
    yield _fault(f"{at}.steps", what, "Leave until_s out of the last step")


def _shaped(institution: Institution) -> Iterator[Fault]:
    """Find what is written of the first level by the house's own rule, though other rules leave it no wish."""
    routing = institution.routing
    serving = ((name, rule) for name, rule in routing.rules.items() if not rule.only_overflow)
    takes = next((name for name, rule in serving if _covers(rule.levels, (1,)) and not _narrower(rule)), None)
    if takes is not None and "support_after_s" in routing.model_fields_set:
        what = f"it shapes nothing: rule {takes} serves every wish of the first level"
        yield _fault("support_after_s", what, f"Leave it out; write after_s in the steps of {takes}")


def _narrower(rule: RuleShape) -> bool:
    """Whether a rule leaves out some subject, language or channel."""
    return bool(rule.subjects or rule.languages or rule.channels)


def _serves(institution: Institution, at: str, rule: RuleShape) -> Iterator[Fault]:
    for field, given, known in (
        ("subjects", rule.subjects, institution.subjects),
        ("languages", rule.languages, institution.languages),
    ):
        for strange in sorted(set(given) - set(known)):
            yield _fault(f"{at}.{field}", f"{strange} is not one of {field}", _one_of(known))


def _floor(institution: Institution, at: str, rule: RuleShape) -> Iterator[Fault]:
    if rule.floor is not None:
        yield from _when(institution, f"{at}.floor", rule.floor)


def _step(institution: Institution, at: str, step: StepShape, rule: RuleShape) -> Iterator[Fault]:
    if step.when.is_empty and rule.floor is None:
        what = "the condition is empty: the call would go to anybody, whatever they speak or know"
        yield _fault(f"{at}.when", what, "Say who, at least a level")
    elif not step.when.is_empty:
        yield from _when(institution, f"{at}.when", step.when)
    if step.until_s is not None and step.until_s <= step.after_s:
        what = (
            f"the step can never open: it expires at {step.until_s:.0f} s and opens at {step.after_s:.0f} s"
        )
        yield _fault(f"{at}.until_s", what, "Let it expire later than it opens")
    levels = set(_levels(step.when)) | set(_levels(rule.floor or When()))
    if len(levels) > 1:
        yield _fault(f"{at}.when.level", "nobody is at both levels, so nobody ever fits", "Ask for one level")


def _levels(when: When) -> Iterator[int]:
    """List the levels that must hold together."""
    if when.level is not None:
        yield when.level
    for part in when.all:
        yield from _levels(part)


def _when(institution: Institution, at: str, when: When) -> Iterator[Fault]:
    if when.is_empty:
        yield _fault(at, "the condition is empty", "Say what is asked, or leave it out")
    yield from _able(f"{at}.language", when.language, {"caller", "common", *institution.languages}, "speak")
    skills = {"subject", *institution.subjects} - {GENERAL}
    yield from _able(f"{at}.skill", when.skill, skills, "be trained in")
    teams, sites = institution.routing.teams, institution.routing.sites
    for field, named, known in (("team", when.team, teams), ("site", when.site, sites)):
        for strange in sorted(set(named) - set(known)):
            remedy = f"Write [routing.{field}s.{strange}]" + (f", or n{_one_of(known)[1:]}" if known else "")
            yield _fault(f"{at}.{field}", f"there is no {field} {strange}", remedy)
    for field, parts in (("all", when.all), ("any", when.any), ("not", (when.no,) if when.no else ())):
        for part in parts:
            yield from _when(institution, f"{at}.{field}", part)


def _able(at: str, asked: str | Able | None, known: Iterable[str], can: str) -> Iterator[Fault]:
    able = Able(name=asked) if isinstance(asked, str) else asked
    if able is None:
        return
    if able.name not in known:
        yield _fault(at, f"{able.name} is nothing that anybody can {can}", _one_of(known))
    if able.least > able.greatest:
        what = f"nobody is at {able.least} or more and at {able.greatest} or less"
        yield _fault(at, what, "Let least be no more than greatest")


def _overflow(at: str, name: str, written: Mapping[str, RuleShape]) -> Iterator[Fault]:
    """Follow where a rule overflows to: it must exist, and not come back here."""
    passed, here = [name], written[name].overflow
    while here is not None:
        if here.to not in written:
            if len(passed) == 1:
                yield _fault(f"{at}.overflow.to", f"there is no rule {here.to}", _one_of(written))
            return
        if here.to == name:
            way = " → ".join((*passed, name))
            yield _fault(f"{at}.overflow.to", f"the overflow goes round: {way}", "Let one of them end it")
        if here.to in passed:
            return
        passed.append(here.to)
        here = written[here.to].overflow


def _reached(written: Mapping[str, RuleShape]) -> Iterator[Fault]:
    """Find rules that no wish can ever come to."""
    targets = {rule.overflow.to for rule in written.values() if rule.overflow}
    before: list[tuple[str, RuleShape]] = []
    for name, rule in written.items():
        if rule.only_overflow:
            if name not in targets:
                remedy = "Let another overflow to it, or leave only_overflow out"
                yield _fault(f"rules.{name}", "its steps can never open: no rule overflows to it", remedy)
            continue
        for earlier, wider in before:
            if all(_covers(getattr(wider, field), getattr(rule, field)) for field in _SERVES):
                remedy = "Put the narrower rule first"
                yield _fault(f"rules.{name}", f"no wish ever comes here: {earlier} serves them all", remedy)
                break
        before.append((name, rule))


_SERVES = ("levels", "subjects", "languages", "channels")


def _covers(wider: tuple[object, ...], narrower: tuple[object, ...]) -> bool:
    return not wider or (bool(narrower) and set(narrower) <= set(wider))


def _one_of(known: Iterable[str]) -> str:
    return f"Name one of: {', '.join(sorted(known)) or 'none is written'}"
