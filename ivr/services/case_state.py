"""How is my case going? Every case's state, its date and the next step."""

from corporate.cases import NEXT_STEPS, STATES, Case
from dialplans.grammar import grammar
from dialplans.machine import Outcome
from ivr.dialogue import tell
from ivr.services import Visit

OUTCOMES = frozenset[str]()
LEAST_LEVEL = 1

SUBJECTS = ("pension", "subsidy", "imv", "health_card", "general")
MOST_CASES = 5  # read out in one go, the newest; for the others a person is offered

PROMPTS = frozenset(
    {
        "case.none", "case.one_of", "case.several", "case.newest", "case.since", "case.reference",
        *(f"case.subject.{subject}" for subject in SUBJECTS),
        *(f"case.state.{state}" for state in STATES),
        *(f"case.next.{step}" for step in NEXT_STEPS),
    }
)  # fmt: skip


async def serve(visit: Visit) -> Outcome:
    """Tell the state of every case of the caller, who is proven."""
    cases = await visit.corporate.cases.cases(visit.proven)
    return Outcome(await tell(visit, *_cases(visit.talk.language, cases)))


def _cases(language: str, cases: tuple[Case, ...]) -> tuple[str, ...]:
    match cases:
        case ():
            return ("case.none",)
        case (one,):
            return ("case.one_of", *_case(language, one))
        case _:
            newest = sorted(cases, key=lambda one: one.since, reverse=True)[:MOST_CASES]
            opening = "case.several" if len(cases) <= MOST_CASES else "case.newest"
            return (opening, *(key for one in newest for key in _case(language, one)))


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
