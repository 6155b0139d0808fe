"""How is my case going? Identification to level 1, then every case's state, its date and the next step.

A caller whose identity is already proven in this call is not asked again. What was read out is offered once
more; a person is one key away; when the register is down the caller is told so.
"""

from dialplans.grammar import grammar
from dialplans.machine import MAX_TRIES, Outcome
from ivr import identification
from ivr.ports import Case, RegistryDown
from ivr.services import Visit

OUTCOMES = frozenset({"done", "back", "person", "gave_up", "refused", "blocked", "down"})

SUBJECTS = ("pension", "subsidy", "imv", "health_card", "general")
STATES = ("received", "in_progress", "documents_missing", "granted", "refused")
NEXT_STEPS = ("wait", "send_documents", "payment", "appeal")
MOST_CASES = 5  # read out in one go; a person with more is better served by a person

PROMPTS = identification.PROMPTS | {
    "case.intro", "case.none", "case.one_of", "case.several", "case.since", "case.reference",
    "menu.after_case", "silence", "wrong_key",
    *(f"case.subject.{subject}" for subject in SUBJECTS),
    *(f"case.state.{state}" for state in STATES),
    *(f"case.next.{step}" for step in NEXT_STEPS),
}  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Prove the caller if need be, then tell. The outcome carries what was proven."""
    level, person = visit.level, visit.person
    if level < identification.LEVEL or person is None:
        visit.talk.owe("case.intro")
        verdict, person = await identification.identify(visit)
        if person is None:
            return Outcome(verdict)
        level = identification.LEVEL
    try:
        cases = await visit.registry.cases(person)
    except RegistryDown:
        return Outcome("down", level, person)
    return Outcome(await _tell(visit, cases), level, person)


async def _tell(visit: Visit, cases: tuple[Case, ...]) -> str:
    """Read the cases out as often as the caller wants; give the outcome."""
    words, tries = _cases(visit.talk.language, cases), 0
    while tries < MAX_TRIES:
        match await visit.talk.ask((*words, "menu.after_case")):
            case "1" | "*":
                words, tries = _cases(visit.talk.language, cases), 0
            case "2":
                return "done"
            case "#":
                return "back"
            case "0":
                return "person"
            case keys:
                words, tries = (("wrong_key",) if keys else ("silence",)), tries + 1
    return "gave_up"


def _cases(language: str, cases: tuple[Case, ...]) -> tuple[str, ...]:
    match cases:
        case ():
            return ("case.none",)
        case (one,):
            return ("case.one_of", *_case(language, one))
        case _:
            return ("case.several", *(key for one in cases[:MOST_CASES] for key in _case(language, one)))


def _case(language: str, case: Case) -> tuple[str, ...]:
    """Say one case: what it is about, its state and since when, what comes next, its reference."""
    say = grammar(language)
    subject = case.subject if case.subject in SUBJECTS else "general"
    return (
        f"case.subject.{subject}",
        f"case.state.{case.state}",
        "case.since",
        *say.date(case.since),
        f"case.next.{case.next_step}",
        "case.reference",
        *say.digits(case.reference),
    )
