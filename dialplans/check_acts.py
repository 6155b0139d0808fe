"""Whether the acts that are agreed to can be read, asked for, and only by who is proven enough."""

from collections.abc import Iterator, Mapping

from dialplans.acts import ASKED_FOR, FILE, Act
from dialplans.check_ways import steps
from dialplans.faults import Fault
from dialplans.flows import Serve
from dialplans.institution import Institution

Asking = Mapping[str, tuple[str, int]]
"""Act to the self-service that asks for it, and the level of identity that the service takes for it."""


def agreed(institution: Institution, asking: Asking | None) -> Iterator[Fault]:
    """Find acts that agents could not read, that no machine asks for, or that would let in who is proven too little.

    `asking`: what the self-services ask for (None: not known here, so not compared).
    """
    for name, act in institution.acts.items():
        if unsaid := [language for language in institution.languages if not act.about.get(language)]:
            what = f"about says nothing in {', '.join(unsaid)}"
            yield _fault(f"acts.{name}.about", what, "Say in these languages what agents read")
        yield from _ending(institution, name, act)
        if act.service and not institution.consent_notice:
            what = f"a call that is not recorded yet could not agree to {name}"
            yield _fault("notice", what, "Name the prompt that is said before a recording begins")
        if asking is not None:
            yield from _asked(name, act, asking)


def unasked(institution: Institution, asking: Asking) -> Iterator[str]:
    """Say what is done on this institution's lines without a consent on record: it may be wished, seldom is."""
    served = {step.service for _, _, step in steps(institution) if isinstance(step, Serve)}
    for act, (service, _) in sorted(asking.items()):
        if service in served and act not in institution.acts:
            yield (
                f"The service {service} would have callers agree to {act}, which {FILE} does not have: it is done "
                f"with no consent on record. Add [acts.{act}] there, or leave the service out of the flows."
            )


def _ending(institution: Institution, name: str, act: Act) -> Iterator[Fault]:
    """Compare how the statement ends: with a colon something is said after it, in every language or in none."""
    texts = {one: institution.texts[one].get(act.statement) for one in institution.languages}
    asks = [language for language, text in texts.items() if text is not None and text.endswith(ASKED_FOR)]
    plain = [language for language, text in texts.items() if text is not None and language not in asks]
    if asks and plain:
        what = f"{act.statement} ends with a colon in {', '.join(asks)} and not in {', '.join(plain)}"
        yield _fault(f"acts.{name}.statement", what, "End it alike in every language")


def _asked(name: str, act: Act, asking: Asking) -> Iterator[Fault]:
    """Compare an act with what the self-services ask for."""
    service, least = asking.get(name, ("", 0))
    if act.service != service:
        what = f"the service that asks for it is {service or 'none'}, not {act.service or 'none'}"
        remedy = f'Write service = "{service}"' if service else "Leave the line out: only people ask for it"
        yield _fault(f"acts.{name}.service", what, remedy)
    elif act.level < least:
        what = f"{service} takes level {least} at least for it"
        yield _fault(f"acts.{name}.level", what, f"Write level = {least} or more")


def _fault(field: str, what: str, remedy: str) -> Fault:
    return Fault(FILE, "", field, what, remedy)
